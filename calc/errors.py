"""The root of every error the desk raises on purpose; errors carry data, the texts make the sentences."""


class DeskError(Exception):
    """Something went wrong that an operator or an owner can be told about."""


class NotNow(DeskError):
    """Nothing is wrong with what was asked for: it cannot be done at this moment, and is to be tried again later."""
