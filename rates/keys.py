"""The keys of the sources, and what another one changes: who sends it, how often it may be asked, and from when."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from calc.snapshots import Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """`plan` is the calls a month of each key of APILayer."""

    api_layer: tuple[str, ...]
    plan: int
    rapira: str | None


class ApiLayerRoute(Protocol):
    def use(self, keys: Sequence[str], /) -> None: ...


class RapiraRoute(Protocol):
    def use(self, api_key: str | None, /) -> None: ...


class Plan(Protocol):
    def use(self, keys: Sequence[str], /, *, plan: int) -> None: ...


class Breaker(Protocol):
    def renew(self) -> None: ...


class KeyRing:
    """Hands keys to those who send them. One thread may call it."""

    def __init__(
        self,
        keys: Keys,
        *,
        api_layer: ApiLayerRoute,
        plan: Plan,
        api_layer_breaker: Breaker,
        rapira: Sequence[RapiraRoute],
        rapira_breakers: Sequence[Breaker],
    ) -> None:
        """`keys` are those in use."""
        self._keys = keys
        self._api_layer = api_layer
        self._plan = plan
        self._api_layer_breaker = api_layer_breaker
        self._rapira = rapira
        self._rapira_breakers = rapira_breakers

    def use(self, keys: Keys) -> list[Feed]:
        """The feeds for which something has changed. Calls under way end with the keys they have."""
        before, self._keys = self._keys, keys
        changed = []
        if (keys.api_layer, keys.plan) != (before.api_layer, before.plan):
            self._plan.use(keys.api_layer, plan=keys.plan)
            if keys.api_layer != before.api_layer:
                self._api_layer.use(keys.api_layer)
            self._api_layer_breaker.renew()
            changed.append(Feed.FIAT)
        if keys.rapira != before.rapira:
            for route in self._rapira:
                route.use(keys.rapira)
            for breaker in self._rapira_breakers:
                breaker.renew()
            changed.append(Feed.USDT_RUB)
        return changed
