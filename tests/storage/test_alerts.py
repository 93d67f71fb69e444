"""Alerts are read back exactly; each person has a mode for each kind."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from calc.alerts import Alert, Kind, Mode, Move, State, Threshold
from storage.alerts import AlertModes, KeptAlerts
from storage.database import Database
from tests.storage.conftest import Clock


def test_an_alert_is_read_back_as_it_was_kept_last(database: Database, clock: Clock) -> None:
    alerts = KeptAlerts(database)
    rule = Threshold("USDT/RUB", above=True, level=Decimal("90.50"))
    first = Alert(1001, 1001, None, "ru", rule, State(clock(), None))
    second = Alert(
        1001, -100500, 7, "en", Move("EUR/RUB", Decimal(1), timedelta(hours=1)), State(clock(), Decimal("95.10"))
    )
    for alert in (first, second, first):
        alerts.keep(alert)
    assert alerts.all() == [second, first]
    told = replace(first, state=State(clock(), Decimal("90.51"), is_armed=False, told_at=clock()))
    alerts.keep(told)
    assert alerts.all() == [second, told]
    alerts.forget(first)
    assert alerts.all() == [second]


def test_everything_is_told_with_a_sound_until_somebody_says_otherwise(database: Database) -> None:
    modes = AlertModes(database)
    assert modes.mode(1001, Kind.QUOTA) is Mode.ON
    modes.set_mode(1001, Kind.QUOTA, Mode.SILENT)
    modes.set_mode(1001, Kind.QUOTA, Mode.OFF)
    assert modes.mode(1001, Kind.QUOTA) is Mode.OFF
    assert modes.mode(1002, Kind.QUOTA) is Mode.ON
    assert modes.mode(1001, Kind.PEG) is Mode.ON
