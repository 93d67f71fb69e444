"""An answer of the Bot API that says no."""


class ApiError(Exception):
    """`status` and `description` as Telegram would send them."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(f"{status} {description}")
        self.status = status
        self.description = description
