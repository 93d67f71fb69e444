import pytest

from ops.flags import flags, line, switched_off
from ops.settings import load

SETTINGS = {
    "cache": "CACHE_ENABLED",
    "preloading": "PRELOAD_POPULAR_PAIRS",
    "shared_loads": "SHARED_LOADS_ENABLED",
    "gate": "GATE_ENABLED",
    "send_limits": "SEND_LIMITS_ENABLED",
    "gzip": "GZIP_ENABLED",
    "one_core": "ONE_CORE_ENABLED",
}


def test_everything_is_on_unless_it_is_switched_off() -> None:
    assert switched_off(load({})) == []
    assert flags(load({})) == dict.fromkeys(SETTINGS, "on") | {"inbox": "database"}


@pytest.mark.parametrize(("flag", "setting"), SETTINGS.items())
def test_each_is_switched_off_by_its_setting(flag: str, setting: str) -> None:
    settings = load({setting: "off"})

    assert switched_off(settings) == [flag]
    assert f"{flag}=off" in line(settings)


def test_the_inbox_is_switched_off_by_its_own_word() -> None:
    assert switched_off(load({"INBOX": "off"})) == ["inbox"]
