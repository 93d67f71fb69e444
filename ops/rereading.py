"""Settings that may change while the bot runs: read again when somebody asks for it, by SIGHUP."""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from ops.on_signal import OnSignal
from ops.settings import SettingError, Settings, load, specs

log = logging.getLogger(__name__)

REREAD = ("API_LAYER_KEY", "API_LAYER_MONTHLY_QUOTA", "RAPIRA_API_KEY")
"""The settings that take effect at once; all others wait for a restart."""


class Rereading(OnSignal):
    """A daemon thread, `settings`, that reads when it is asked to. A wrong value changes nothing."""

    def __init__(
        self,
        settings: Settings,
        *,
        read: Callable[[], Mapping[str, str]],
        hidden: Callable[[], Collection[str]],
        hide: Callable[[Iterable[str]], object],
        apply: Callable[[Settings], object],
    ) -> None:
        """`settings` are those at work; `hidden` names what the environment keeps from being read out of .env.

        `hide` gets the secrets before anybody else gets anything; `apply` is called when something has changed.
        """
        self._settings = settings
        self._read = read
        self._hidden = hidden
        self._hide = hide
        self._apply = apply
        super().__init__("settings", self.step)

    def step(self) -> None:
        """Reads once."""
        try:
            found, hidden = load(self._read()), self._hidden()
        except SettingError as error:
            log.warning("settings stay as they are: %s", error)
            return
        self._hide(found.secrets())
        differing = [name for name in _names() if _value(found, name) != _value(self._settings, name)]
        changed = [name for name in differing if name in REREAD]
        if changed:
            values: dict[str, Any] = {name.lower(): _value(found, name) for name in changed}
            settings = replace(self._settings, **values)
            self._apply(settings)
            self._settings = settings
        waiting = [name for name in differing if name not in REREAD]
        log.info("settings reread changed=%s after_a_restart=%s", _listed(changed), _listed(waiting))
        moot = [name for name in REREAD if name in hidden]
        if moot:
            log.warning("the environment stands over .env names=%s", _listed(moot))


def _names() -> list[str]:
    return [spec.name for spec in specs()]


def _value(settings: Settings, name: str) -> object:
    return getattr(settings, name.lower())


def _listed(names: Collection[str]) -> str:
    return ",".join(names) or "-"
