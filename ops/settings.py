"""The settings: one table, the class itself, from which reading them, the README and .env.example are made."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from ops import parsers

T = TypeVar("T")

SHOWN = 80
"""How many characters of a wrong value are shown; the mistake is seen in the first ones."""
DAY_S = 86_400


class SettingError(Exception):
    """One line that stops the start: the setting's name, what it held (secrets masked), what is allowed."""

    def __init__(self, name: str, *, held: str, allowed: str) -> None:
        super().__init__(f"{name} is {held}; allowed: {allowed}")
        self.name = name
        self.held = held
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class Spec:
    """One row of the table; `default` is the text that stands for an unset value, None where unset means None."""

    name: str
    default: str | None
    parse: Callable[[str], object]
    description: str
    secret: bool


def _setting(default: str, parse: Callable[[str], T], description: str, *, secret: bool = False) -> T:
    """Typed as the value it will hold, as dataclasses.field is: the annotation is checked against the parser."""
    return cast(T, _field(default, parse, description, secret=secret))


def _optional(parse: Callable[[str], T], description: str, *, secret: bool = False) -> T | None:
    """None where it is unset."""
    return cast(T, _field(None, parse, description, secret=secret))


def _field(default: str | None, parse: Callable[[str], object], description: str, *, secret: bool) -> object:
    metadata = {"default": default, "parse": parse, "description": description, "secret": secret}
    return field(repr=not secret, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Each field is the setting of its name in capitals. `repr` leaves out what is secret."""

    bot_token: str | None = _optional(
        parsers.bot_token, "from BotFather; without it `make run` opens the sandbox", secret=True
    )
    admin_ids: frozenset[int] = _setting(
        "",
        parsers.ids,
        "Telegram user ids of the owners, comma separated; without any the log shows a pairing link once",
    )
    telegram_api_url: str = _setting("https://api.telegram.org", parsers.url, "base of a Bot API server")
    rapira_url: str = _setting("https://api.rapira.net", parsers.url, "USDT/RUB; the routes are appended")
    coingecko_url: str = _setting("https://api.coingecko.com", parsers.url, "USDT/RUB when Rapira does not answer")
    apilayer_url: str = _setting(
        "https://api.apilayer.com/exchangerates_data", parsers.url, "fiat rates, asked when there is a key"
    )
    cbr_url: str = _setting("https://www.cbr.ru", parsers.url, "fiat rates of the Bank of Russia")
    erapi_url: str = _setting("https://open.er-api.com", parsers.url, "fiat rates when the others do not answer")
    quote_valid_minutes: float = _setting(
        "15", parsers.minutes(0.05, 24 * 60), "minutes for which a quote that was given to a client is valid"
    )
    desk_name: str = _setting("", parsers.name, "what clients read above their card; unset: nothing")
    rapira_api_key: str | None = _optional(parsers.key, "not needed for the public rates", secret=True)
    rapira_proxy: str | None = _optional(
        parsers.proxy,
        "HTTP proxy for Rapira alone, where it is blocked: `http://user:password@host:port`; no SOCKS",
        secret=True,
    )
    api_layer_key: tuple[str, ...] = _setting(
        "", parsers.keys, "one or several, comma separated: they take over from each other", secret=True
    )
    api_layer_monthly_quota: int = _setting(
        "100",
        parsers.whole(1, 100_000_000),
        "calls a month that the plan of each key allows; they are spread over the month",
    )
    rapira_price: str = _setting(
        "side", parsers.one_of("side", "close"), "`side`: ask and bid; `close`: the last price for both"
    )
    usdt_cross: str = _setting(
        "rub", parsers.one_of("rub", "usd"), "USDT to fiat through `rub`, or through `usd` as if 1 USDT were 1 USD"
    )
    peg_band: tuple[Decimal, Decimal] = _setting(
        "0.90-1.10", parsers.band, "how many USD a USDT may be worth; beyond it nothing is quoted without a decision"
    )
    preload_popular_pairs: bool = _setting("true", parsers.switch, "keep the rates fresh in the background")
    preload_interval: float = _setting("120", parsers.seconds(1, DAY_S), "seconds between two fetches of USDT/RUB")
    fiat_refresh_interval: float | None = _optional(
        parsers.seconds(1, 31 * DAY_S),
        "seconds between two fetches of the fiat rates; unset: as the quota allows with a key, 3600 without",
    )
    history_backfill_days: int = _setting(
        "90", parsers.whole(0, 365), "days of past fiat rates that are fetched once, on the first start; 0: none"
    )
    api_timeout: float = _setting("10", parsers.seconds(0.1, 300), "seconds for a whole call of a source")
    connection_pool_size: int = _setting("200", parsers.whole(1, 1000), "hosts whose connections are kept")
    connection_per_host: int = _setting("50", parsers.whole(1, 1000), "connections kept for each host")
    cache_max_size: int = _setting("100", parsers.whole(2, 100_000), "entries in the cache of rates")
    cache_ttl_seconds: float = _setting("300", parsers.seconds(1, DAY_S), "seconds for which an entry is fresh")
    cache_cleanup_interval: float = _setting("60", parsers.seconds(1, DAY_S), "seconds between two purges of the cache")
    cache_enabled: bool = _setting(
        "true", parsers.switch, "quote from memory; `false`: each quote asks the sources, so it waits for them"
    )
    shared_loads_enabled: bool = _setting(
        "true", parsers.switch, "who needs the same rate at once shares one call; `false`: each makes their own"
    )
    gate_enabled: bool = _setting(
        "true", parsers.switch, "refuse doubtful rates; `false`: they are quoted, and the card warns"
    )
    send_limits_enabled: bool = _setting(
        "true", parsers.switch, "keep Telegram's limits; `false`: send at once, and wait when Telegram refuses"
    )
    gzip_enabled: bool = _setting("true", parsers.switch, "pack what the dashboard sends")
    one_core_enabled: bool = _setting(
        "true", parsers.switch, "keep all threads on one core while it has room; `false`: the system chooses"
    )
    database_url: str = _setting(
        "sqlite:///data/desk.db",
        parsers.database_url,
        "where everything is kept: a file, or a PostgreSQL server (`requirements-postgres.txt`)",
    )
    redis_url: str | None = _optional(
        parsers.redis_url,
        "a Redis server beside the database, for a faster restart and a warm standby (`requirements-redis.txt`)",
        secret=True,
    )
    backup_nightly: bool = _setting(
        "false", parsers.switch, "send each owner a copy of the database every night, at 4:00 by the clock of the desk"
    )
    inbox: str = _setting(
        "auto",
        parsers.one_of("auto", "database", "telegram", "off"),
        "what keeps an update until it is handled: `database` where the disk lasts, `telegram` where it is wiped; "
        "`off`: nothing, what was not handled is lost with the process",
    )
    desk_timezone: ZoneInfo = _setting(  # noqa: RUF009 - it cannot be changed
        "Europe/Moscow", parsers.zone, "the zone in which the desk reads its clocks and its days begin"
    )
    workers: int = _setting("16", parsers.whole(1, 64), "chats that are served side by side")
    handler_timeout: float = _setting(
        "60", parsers.seconds(1, 600), "seconds after which an update whose handling hangs is given up"
    )
    slow_operation: float = _setting(
        "1", parsers.seconds(0.001, 600), "seconds from which on a step is logged with where its time went"
    )
    log_level: str = _setting("INFO", parsers.one_of("DEBUG", "INFO", "WARNING", "ERROR"), "what is logged")
    log_format: str = _setting("text", parsers.one_of("text", "json"), "`text` for a person, `json` for a machine")
    log_file: str | None = _optional(str, "a file that gets the log beside stderr; at 10 MB a new one, five are kept")
    host: str = _setting(
        "127.0.0.1", parsers.host, "where /health and the dashboard listen; unset and with a PORT: 0.0.0.0"
    )
    port: int = _setting("8080", parsers.whole(0, 65_535), "their port; 0 for any free one, which the log names")
    ops_token: str | None = _optional(
        parsers.long_key,
        "opens the dashboard, /metrics and /api/stats; without one only the machine itself sees them",
        secret=True,
    )
    metrics: bool = _setting("true", parsers.switch, "count and time what happens, for /metrics and the dashboard")

    @property
    def is_alone(self) -> bool:
        """Whether it serves at once: nothing on its machine or on a server tells it of other processes of its desk.

        On a disk that is wiped each process has a database of its own, whatever else they share.
        """
        return self.database_url.startswith("sqlite:") and (self.redis_url is None or self.inbox != "database")

    def secrets(self) -> tuple[str, ...]:
        """What must never be seen in a log."""
        held = [getattr(self, spec.name.lower()) for spec in specs() if spec.secret]
        named = [text for value in held if value for text in ([value] if isinstance(value, str) else value)]
        urls = [url for url in (self.rapira_proxy, self.database_url, self.redis_url) if url]
        return (*named, *(text for url in urls for text in parsers.credentials(url)))


def specs() -> Iterator[Spec]:
    """The table, row by row."""
    for each in fields(Settings):
        yield Spec(name=each.name.upper(), **each.metadata)


def load(environ: Mapping[str, str]) -> Settings:
    """Names that are not in the table are ignored; an empty value is an unset one. Raises SettingError."""
    values: dict[str, Any] = {spec.name.lower(): _value(spec, environ.get(spec.name, "").strip()) for spec in specs()}
    if values["inbox"] == "auto":
        values["inbox"] = "database" if _disk_lasts(values["database_url"], environ) else "telegram"
    if not environ.get("HOST", "").strip() and environ.get("PORT", "").strip():
        values["host"] = "0.0.0.0"  # noqa: S104 - a platform that gives a port comes to it from outside
    return Settings(**values)


def _disk_lasts(database_url: str, environ: Mapping[str, str]) -> bool:
    """Railway wipes the disk with each deploy, all but its volume; that disks last elsewhere is taken for granted."""
    if not database_url.startswith("sqlite:") or not environ.get("RAILWAY_ENVIRONMENT"):
        return True
    volume = environ.get("RAILWAY_VOLUME_MOUNT_PATH")
    return bool(volume) and Path(database_url.removeprefix("sqlite:///")).absolute().is_relative_to(str(volume))


def read_environment() -> dict[str, str]:
    """The environment, over what stands in the .env file of the working directory. Raises SettingError."""
    return _written() | dict(os.environ)


def revision() -> str | None:
    """The commit that a platform says it has built; None where it says nothing."""
    return os.environ.get("RAILWAY_GIT_COMMIT_SHA") or None


def goes_direct(url: str) -> bool:
    """Whether the environment leads calls there neither through a proxy nor by certificates of its own."""
    scheme = url.partition(":")[0]
    others = {f"{scheme}_proxy", "all_proxy"}
    if scheme == "https":
        others |= {"requests_ca_bundle", "curl_ca_bundle"}
    return not any(value and name.lower() in others for name, value in os.environ.items())


def hidden_by_environment() -> frozenset[str]:
    """Settings that stand in the .env file and, with another value, in the environment. Raises SettingError."""
    return frozenset(name for name, value in _written().items() if os.environ.get(name, value) != value)


def _written() -> dict[str, str]:
    try:
        if not Path(".env").exists():
            return {}
        from dotenv import dotenv_values  # noqa: PLC0415  # 20 ms of a start, for a file that no server has

        # A `$` in a key is a `$`; the signature is one that Windows editors write.
        written = dotenv_values(".env", interpolate=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(".env", held="a file that cannot be read", allowed="UTF-8 text, or no such file") from error
    return {name: value for name, value in written.items() if value is not None}


def _value(spec: Spec, text: str) -> object:
    if not text:
        if spec.default is None:
            return None
        text = spec.default
    try:
        return spec.parse(text)
    except ValueError as error:
        held = "***" if spec.secret else repr(_shown(text))
        raise SettingError(spec.name, held=held, allowed=str(error)) from None


def _shown(text: str) -> str:
    """Shortened, and without what somebody wrote into the wrong place: a password in a URL, a bot's token."""
    text = re.sub(r"//\S*@", "//***@", re.sub(r"[0-9]+:[A-Za-z0-9_-]{30,}", "***", text))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
