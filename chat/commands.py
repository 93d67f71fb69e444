"""The commands: one table, from which the handlers, the help and Telegram's menus are made."""

from dataclasses import dataclass

from chat.texts import Texts
from desk.access import Role


@dataclass(frozen=True, slots=True)
class Command:
    """`least` is the role that may send it."""

    name: str
    least: Role = Role.OPERATOR


COMMANDS = (
    Command("new"),
    Command("q"),
    Command("admin_bot"),
    Command("cancel"),
    Command("rates", Role.VIEWER),
    Command("chart", Role.VIEWER),
    Command("quotes", Role.VIEWER),
    Command("report"),
    Command("export", Role.OWNER),
    Command("alert", Role.VIEWER),
    Command("margins"),
    Command("settings", Role.VIEWER),
    Command("status", Role.OWNER),
    Command("team", Role.OWNER),
    Command("audit", Role.OWNER),
    Command("backup", Role.OWNER),
    Command("debug", Role.OWNER),
    Command("help", Role.VIEWER),
    Command("start", Role.VIEWER),
)


def of_role(role: Role) -> list[Command]:
    return [each for each in COMMANDS if role >= each.least]


def help_lines(texts: Texts, role: Role) -> list[str]:
    return [f"/{each.name} — {texts(f'command.{each.name}')}" for each in of_role(role)]
