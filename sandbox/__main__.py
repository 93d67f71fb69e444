"""`python -m sandbox`: the stand-ins, the unchanged bot pointed at them, and a chat page to try it on."""

import argparse
import errno
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from ops.settings import SettingError, read_environment
from sandbox.child import BotProcess
from sandbox.stand import Sandbox

PORT = 8090
OPERATORS = {1001: ("Анна", "ru"), 1002: ("Boris", "en"), 1003: ("Вера", "ru")}
STRANGER = (2001, "Stranger", "en")
CLIENT = (3001, "Клиент Игорь", "ru")
_LIVELY = {"PRELOAD_INTERVAL": "20", "FIAT_REFRESH_INTERVAL": "60"}
"""How often the bot asks for rates unless the environment says otherwise: often enough to see them move."""
_HIGHEST_PORT = 65_535
_MESSAGE_IDS_SINCE = 1_700_000_000


def main() -> None:
    try:
        environment = read_environment()
    except SettingError as error:
        sys.exit(f"The settings are wrong: {error}")
    logging.basicConfig(format="sandbox: %(levelname)s %(message)s")
    sys.exit(run(sys.argv[1:], environment, command=(sys.executable, "bot.py")))


def run(arguments: Sequence[str], environment: Mapping[str, str], *, command: Sequence[str]) -> int:
    """Run until a signal or until the bot ends; returns the exit code, 0 only if a signal ended both in order.

    A bot that somebody kills is started anew, as a platform does it: what it had under way can be seen to go on.
    """
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument(
        "--port", type=_port, default=PORT, help=f"where the chat page is ({PORT}); 0 for any free port"
    )
    parser.add_argument("--no-drift", action="store_true", help="rates that stand still")
    options = parser.parse_args(arguments)
    over = threading.Event()
    signals: list[int] = []

    def stop(number: int, _: object) -> None:
        signals.append(number)
        over.set()

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, stop)
    sandbox, note = _opened(options.port, drift=not options.no_drift)
    with sandbox:
        _populate(sandbox)
        start = partial(_started, command, {**_LIVELY, **environment, **_settings(sandbox)}, ended=over.set)
        bot = start()
        who = f"operators {_ids()}, a client and a stranger"
        _say(f"Sandbox: the chat is at {sandbox.url}{note}, for {who}. Ctrl-C ends it.")
        over.wait()
        while (code := bot.stop()) < 0 and not signals:
            _say(f"Sandbox: the bot was ended by {signal.Signals(-code).name}; it is started anew.")
            over.clear()
            bot = start()
            if not signals:  # one that came before the clearing would be waited for in vain
                over.wait()
    if not signals:
        _say(f"Sandbox: the bot ended by itself with exit code {code}.")
        return max(code, 1)
    _say(f"Sandbox: ended, the bot with exit code {code}.")
    return 1 if code else 0


def _started(command: Sequence[str], environment: Mapping[str, str], *, ended: Callable[[], None]) -> BotProcess:
    bot = BotProcess(command, environment, ended=ended)
    bot.start()
    return bot


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {_HIGHEST_PORT}")
    return int(text)


def _opened(port: int, *, drift: bool) -> tuple[Sandbox, str]:
    """A stand on that port or, if it is taken, on a free one, and what to say of it.

    Ids go on from the time, so that what the bot kept of an earlier run never means something else in this one.
    """
    now = int(time.time())
    opened = partial(Sandbox, drift=drift, seed=now, first_update_id=now, first_message_id=now - _MESSAGE_IDS_SINCE)
    try:
        return opened(port), ""
    except OSError as error:
        return opened(0), f" (port {port}: {os.strerror(error.errno or errno.EADDRINUSE)})"


def _populate(sandbox: Sandbox) -> None:
    for user_id, (name, language) in OPERATORS.items():
        sandbox.person(user_id, name=name, language=language)
    for user_id, name, language in (STRANGER, CLIENT):
        sandbox.person(user_id, name=name, language=language)
    client = sandbox.person(CLIENT[0])
    for user_id in OPERATORS:
        sandbox.pair(sandbox.person(user_id), client)


def _settings(sandbox: Sandbox) -> dict[str, str]:
    return {
        **sandbox.settings,
        "ADMIN_IDS": _ids(),
        "API_LAYER_KEY": "sandbox",
        "RAPIRA_API_KEY": "",
        "DATABASE_URL": "sqlite:///data/sandbox.db",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        "PYTHONUNBUFFERED": "1",
    }


def _ids() -> str:
    return ", ".join(map(str, OPERATORS))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
