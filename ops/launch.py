"""What `make run` runs: the bot where there is a token, else the sandbox; says in one line which, and where to look."""

import os
import sys

from ops.settings import SettingError, load, read_environment


def command(token: str | None) -> tuple[str, list[str]]:
    """The line to say, and what to hand to Python."""
    if token is None:
        return "No BOT_TOKEN: opening the sandbox, a chat in your browser.", ["-m", "sandbox"]
    return "BOT_TOKEN is set: running the bot; write /new to it in Telegram.", ["bot.py"]


def main() -> None:
    try:
        settings = load(read_environment())
    except SettingError as error:
        sys.exit(f"The settings are wrong: {error}")
    line, arguments = command(settings.bot_token)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - the signal has to reach the bot itself


if __name__ == "__main__":
    main()
