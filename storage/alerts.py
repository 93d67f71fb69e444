"""What operators want to be told: their alerts, and how they are told of each kind."""

from datetime import datetime
from decimal import Decimal

from calc.alerts import Alert, Kind, Mode, State, parse
from storage.database import Database
from storage.moments import from_text, to_text

ALL = """
    SELECT owner, chat_id, thread_id, language, rule, since, base, is_armed, told_at
    FROM alerts ORDER BY chat_id, owner, rule LIMIT 100000"""
KEEP = """
    INSERT INTO alerts (owner, chat_id, thread_id, language, rule, since, base, is_armed, told_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (chat_id, owner, rule) DO UPDATE SET
        since = excluded.since, base = excluded.base, is_armed = excluded.is_armed, told_at = excluded.told_at"""
FORGET = "DELETE FROM alerts WHERE chat_id = ? AND owner = ? AND rule = ?"
MODE = "SELECT mode FROM alert_modes WHERE user_id = ? AND kind = ? LIMIT 1"
SET_MODE = """
    INSERT INTO alert_modes (user_id, kind, mode) VALUES (?, ?, ?)
    ON CONFLICT (user_id, kind) DO UPDATE SET mode = excluded.mode"""

Row = tuple[int, int, int | None, str, str, str, str | None, int, str | None]


class KeptAlerts:
    """Any thread may call it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Alert]:
        return [_alert(row) for row in self._database.read().execute(ALL)]

    def keep(self, alert: Alert) -> None:
        state = alert.state
        base = None if state.base is None else str(state.base)
        told_at = _text(state.told_at)
        about = alert.owner, alert.chat_id, alert.thread_id, alert.language, str(alert.rule)
        with self._database.write() as connection:
            connection.execute(KEEP, (*about, to_text(state.since), base, int(state.is_armed), told_at))

    def forget(self, alert: Alert) -> None:
        with self._database.write() as connection:
            connection.execute(FORGET, alert.key)


class AlertModes:
    """How each person is told of each kind. Any thread may call it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mode(self, user_id: int, kind: Kind) -> Mode:
        """With a sound, until somebody says otherwise."""
        row: tuple[str] | None = self._database.read().execute(MODE, (user_id, str(kind))).fetchone()
        return Mode.ON if row is None else Mode(row[0])

    def set_mode(self, user_id: int, kind: Kind, mode: Mode) -> None:
        with self._database.write() as connection:
            connection.execute(SET_MODE, (user_id, str(kind), str(mode)))


def _alert(row: Row) -> Alert:
    owner, chat_id, thread_id, language, rule, since, base, is_armed, told_at = row
    state = State(
        from_text(since),
        None if base is None else Decimal(base),
        is_armed=bool(is_armed),
        told_at=None if told_at is None else from_text(told_at),
    )
    return Alert(owner, chat_id, thread_id, language, parse(rule), state)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else to_text(moment)
