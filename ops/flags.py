"""What makes the bot faster or safer and can be switched off, to find out whether it is to blame."""

from ops.settings import Settings

ON, OFF = "on", "off"


def flags(settings: Settings) -> dict[str, str]:
    """Each by its name, and how it stands."""
    switches = {
        "cache": settings.cache_enabled,
        "preloading": settings.preload_popular_pairs,
        "shared_loads": settings.shared_loads_enabled,
        "gate": settings.gate_enabled,
        "send_limits": settings.send_limits_enabled,
        "gzip": settings.gzip_enabled,
        "one_core": settings.one_core_enabled,
    }
    return {name: ON if is_on else OFF for name, is_on in switches.items()} | {"inbox": settings.inbox}


def switched_off(settings: Settings) -> list[str]:
    return [name for name, state in flags(settings).items() if state == OFF]


def line(settings: Settings) -> str:
    """For the log of the start."""
    return " ".join(f"{name}={state}" for name, state in flags(settings).items())
