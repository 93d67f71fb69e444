"""Which version of the bot this is."""

VERSION = "0.1.0"


def spelled(revision: str | None) -> str:
    """The version, and the commit it was built from where that is known."""
    return f"{VERSION} ({revision[:7]})" if revision else VERSION
