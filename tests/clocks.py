"""A clock that goes on when a test says so."""


class Clock:
    """Seconds of a monotonic one, the same for all who ask it."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
