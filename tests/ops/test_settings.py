from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ops.settings import SettingError, load, read_environment, specs

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFake_0"

IDS = "Telegram user ids (whole numbers above 0), comma separated"
SECONDS = [
    "PRELOAD_INTERVAL",
    "FIAT_REFRESH_INTERVAL",
    "API_TIMEOUT",
    "HANDLER_TIMEOUT",
    "CACHE_TTL_SECONDS",
    "CACHE_CLEANUP_INTERVAL",
]
COUNTS = ["API_LAYER_MONTHLY_QUOTA", "CONNECTION_POOL_SIZE", "CONNECTION_PER_HOST", "CACHE_MAX_SIZE", "WORKERS"]
URLS = ["TELEGRAM_API_URL", "RAPIRA_URL", "APILAYER_URL", "CBR_URL", "ERAPI_URL", "COINGECKO_URL"]


def held(name: str, text: str) -> object:
    value: object = getattr(load({name: text}), name.lower())
    return value


def refusal(environ: Mapping[str, str]) -> str:
    with pytest.raises(SettingError) as caught:
        load(environ)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_any_setting_the_defaults_stand() -> None:
    settings = load({})

    assert (settings.bot_token, settings.rapira_api_key, settings.fiat_refresh_interval) == (None, None, None)
    assert (settings.admin_ids, settings.api_layer_key) == (frozenset(), ())
    assert (settings.preload_popular_pairs, settings.preload_interval, settings.api_timeout) == (True, 120, 10)
    assert (settings.rapira_price, settings.usdt_cross, settings.log_level) == ("side", "rub", "INFO")
    assert (settings.connection_pool_size, settings.connection_per_host, settings.workers) == (200, 50, 16)
    assert (settings.cache_max_size, settings.cache_ttl_seconds, settings.cache_cleanup_interval) == (100, 300, 60)
    assert (settings.database_url, settings.api_layer_monthly_quota) == ("sqlite:///data/desk.db", 100)


@pytest.mark.parametrize("name", [spec.name for spec in specs()])
@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_value_is_an_unset_one(name: str, text: str) -> None:
    assert load({name: text}) == load({})


def test_names_that_are_not_settings_are_ignored() -> None:
    assert load({"PATH": "/bin", "bot_token": "nonsense"}) == load({})


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("BOT_TOKEN", TOKEN, TOKEN),
        ("BOT_TOKEN", "1:x", "1:x"),
        ("ADMIN_IDS", " 7, 100000000001,7 ,", frozenset({7, 100_000_000_001})),
        ("TELEGRAM_API_URL", "http://127.0.0.1:8081", "http://127.0.0.1:8081"),
        ("APILAYER_URL", "https://api.apilayer.com/exchangerates_data/", "https://api.apilayer.com/exchangerates_data"),
        ("RAPIRA_URL", "http://[::1]:9000/rapira", "http://[::1]:9000/rapira"),
        ("API_LAYER_KEY", "one, t$wo,,", ("one", "t$wo")),
        ("RAPIRA_API_KEY", " abc ", "abc"),
        ("RAPIRA_PRICE", "Close", "close"),
        ("USDT_CROSS", "USD", "usd"),
        ("PRELOAD_POPULAR_PAIRS", "No", False),
        ("PRELOAD_POPULAR_PAIRS", "1", True),
        ("PRELOAD_INTERVAL", "1.5", 1.5),
        ("FIAT_REFRESH_INTERVAL", "3600", 3600),
        ("LOG_LEVEL", "debug", "DEBUG"),
        ("INBOX", "Telegram", "telegram"),
        ("INBOX", "auto", "database"),
        ("WORKERS", "64", 64),
        ("DESK_TIMEZONE", "Asia/Dubai", ZoneInfo("Asia/Dubai")),
        ("DATABASE_URL", "sqlite:////data/desk.db", "sqlite:////data/desk.db"),
        ("DATABASE_URL", "postgresql://desk@host/desk", "postgresql://desk@host/desk"),
    ],
)
def test_a_setting_is_read_as_people_write_it(name: str, text: str, value: object) -> None:
    assert held(name, text) == value


@pytest.mark.parametrize("name", SECONDS)
@pytest.mark.parametrize(
    "text", ["abc", "nan", "inf", "-1", "0", "1e3", "1_0", "99999999", "1,5", "٣٠", "10 s", "1.", "9" * 50]
)
def test_seconds_are_a_number_within_their_range(name: str, text: str) -> None:
    assert "allowed: seconds from " in refusal({name: text})


@pytest.mark.parametrize(
    "text", ["abc", "0.9", "0.90-", "1.10-0.90", "0.0-1.1", "0.90-1.00", "1.0-1.1", "-0.9-1.1", "1-2"]
)
def test_the_band_of_the_peg_is_two_numbers_around_one(text: str) -> None:
    assert held("PEG_BAND", "0.95-1.05") == (Decimal("0.95"), Decimal("1.05"))
    assert "allowed: two numbers around 1, such as 0.90-1.10" in refusal({"PEG_BAND": text})


@pytest.mark.parametrize(
    "text", ["Moscow", "UTC+3", "Europe", "../etc/passwd", "/etc/localtime", "Europe/Москва", "a" * 300]
)
def test_a_time_zone_is_one_that_is_known(text: str) -> None:
    assert "allowed: the name of a time zone, such as Europe/Moscow" in refusal({"DESK_TIMEZONE": text})


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("text", ["abc", "nan", "-1", "0", "1.5", "1e3", "999999999", "٣", "9" * 5000])
def test_counts_are_whole_numbers_within_their_range(name: str, text: str) -> None:
    assert "allowed: a whole number from " in refusal({name: text})


@pytest.mark.parametrize("name", URLS)
@pytest.mark.parametrize(
    "text",
    [
        "api.rapira.net",
        "ftp://host",
        "http://",
        "http:///path",
        "https://host?x=1",
        "https://host#top",
        "https://ho st",
        "http://host:99999",
        "http://host:0",
        "http://[::1",
        "http://host\\@other",
    ],
)
def test_a_url_has_a_scheme_and_a_host_and_no_query(name: str, text: str) -> None:
    assert "allowed: http:// or https://, a host" in refusal({name: text})


@pytest.mark.parametrize("text", ["https://anya:pa$s@host", "https://anya:p@s/w@host", "https://anya@host/path"])
def test_a_url_with_a_user_is_refused_and_its_password_not_shown(text: str) -> None:
    sentence = refusal({"RAPIRA_URL": text})

    assert sentence.startswith("RAPIRA_URL is 'https://***@host")
    assert "anya" not in sentence


@pytest.mark.parametrize(
    "text",
    [
        "proxy:8080",
        "socks5://hidden@proxy:1080",
        "https://hidden@proxy:8443",
        "http://proxy",
        "http://proxy:0",
        "http://proxy:99999",
        "http://:8080",
        "http://proxy:8080/path",
        "http://proxy:8080?x=1",
        "http://anya:hid den@proxy:8080",
        "http://[::1",
    ],
)
def test_a_proxy_is_one_for_http_with_a_port_and_never_shown(text: str) -> None:
    sentence = refusal({"RAPIRA_PROXY": text})
    assert sentence.startswith("RAPIRA_PROXY is ***; allowed: an HTTP proxy: http://, user")


@pytest.mark.parametrize("text", ["Ж" * 41, "two\nlines", "a\tb"])
def test_the_name_of_the_desk_is_one_short_line(text: str) -> None:
    assert load({"DESK_NAME": "Обмен & Ко"}).desk_name == "Обмен & Ко"
    assert load({}).desk_name == ""
    assert "at most 40 characters in one line" in refusal({"DESK_NAME": text})


@pytest.mark.parametrize("text", ["0", "0.04", "1441", "a quarter", "nan"])
def test_a_quote_is_valid_for_minutes_up_to_a_day(text: str) -> None:
    assert load({}).quote_valid_minutes == 15
    assert load({"QUOTE_VALID_MINUTES": "0.5"}).quote_valid_minutes == 0.5
    assert "allowed: minutes from 0.05 to 1440" in refusal({"QUOTE_VALID_MINUTES": text})


def test_the_password_of_a_proxy_is_secret_in_every_spelling() -> None:
    settings = load({"RAPIRA_PROXY": "http://anya:p%40ss@proxy.test:8080/"})
    assert settings.rapira_proxy == "http://anya:p%40ss@proxy.test:8080"
    assert set(settings.secrets()) == {settings.rapira_proxy, "anya:p%40ss", "p%40ss", "p@ss", "YW55YTpwQHNz"}
    assert "proxy.test" not in repr(settings)
    assert load({"RAPIRA_PROXY": "http://proxy:8080"}).secrets() == ("http://proxy:8080",)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("ADMIN_IDS", "@anya", f"ADMIN_IDS is '@anya'; allowed: {IDS}"),
        ("ADMIN_IDS", "7,-100", f"ADMIN_IDS is '7,-100'; allowed: {IDS}"),
        ("ADMIN_IDS", "0", f"ADMIN_IDS is '0'; allowed: {IDS}"),
        ("RAPIRA_PRICE", "bid", "RAPIRA_PRICE is 'bid'; allowed: side or close"),
        ("USDT_CROSS", "eur", "USDT_CROSS is 'eur'; allowed: rub or usd"),
        ("PRELOAD_POPULAR_PAIRS", "maybe", "PRELOAD_POPULAR_PAIRS is 'maybe'; allowed: true or false"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL is 'LOUD'; allowed: DEBUG or INFO or WARNING or ERROR"),
        ("WORKERS", "two\nlines", "WORKERS is 'two\\nlines'; allowed: a whole number from 1 to 64"),
        ("WORKERS", "x" * 500, f"WORKERS is '{'x' * 80}...'; allowed: a whole number from 1 to 64"),
        ("API_TIMEOUT", "0.05", "API_TIMEOUT is '0.05'; allowed: seconds from 0.1 to 300"),
    ],
)  # fmt: skip
def test_a_wrong_value_stops_the_start_with_one_line(name: str, text: str, sentence: str) -> None:
    assert refusal({name: text}) == sentence


@pytest.mark.parametrize(
    "text", ["sqlite:///", "sqlite:///:memory:", "sqlite://desk.db", "desk.db", "mysql://desk:hidden@host/desk"]
)
def test_a_database_is_a_file_of_sqlite_or_a_server_of_postgresql(text: str) -> None:
    sentence = refusal({"DATABASE_URL": text})

    assert "allowed: sqlite:///relative/path, sqlite:////absolute/path or postgresql://" in sentence
    assert "hidden" not in sentence


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("BOT_TOKEN", "hidden"),
        ("BOT_TOKEN", "123:hid den"),
        ("BOT_TOKEN", "bot123:hidden"),
        ("RAPIRA_API_KEY", "hid den"),
        ("RAPIRA_API_KEY", "hidden\x00"),
        ("API_LAYER_KEY", "good,hid'den"),
        ("API_LAYER_KEY", "hidden-ключ"),
    ],
)
def test_a_wrong_secret_is_refused_without_being_shown(name: str, text: str) -> None:
    sentence = refusal({name: text})

    assert sentence.startswith(f"{name} is ***; allowed: ")
    assert "hid" not in sentence


def test_a_token_in_the_wrong_place_is_not_shown_either() -> None:
    assert refusal({"ADMIN_IDS": TOKEN}).startswith("ADMIN_IDS is '***'; allowed: ")


def test_settings_never_show_their_secrets() -> None:
    settings = load({"BOT_TOKEN": TOKEN, "RAPIRA_API_KEY": "rapira-key", "API_LAYER_KEY": "one-key,two-key"})

    assert "preload_interval=120.0" in repr(settings)
    assert not [secret for secret in (TOKEN, "rapira-key", "one-key", "two-key") if secret in repr(settings)]
    assert settings.secrets() == (TOKEN, "rapira-key", "one-key", "two-key")
    assert load({}).secrets() == ()


class TestReadingTheEnvironment:
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.chdir(tmp_path)
        for spec in specs():
            monkeypatch.delenv(spec.name, raising=False)
        return tmp_path

    def test_without_a_file_the_environment_stands_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WORKERS", "3")

        assert load(read_environment()).workers == 3

    def test_the_environment_stands_over_the_file(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / ".env").write_text("WORKERS=3\nLOG_LEVEL=ERROR\n")
        monkeypatch.setenv("WORKERS", "4")

        settings = load(read_environment())

        assert (settings.workers, settings.log_level) == (4, "ERROR")

    def test_an_empty_variable_unsets_what_the_file_says(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / ".env").write_text("BOT_TOKEN=1:x\n")
        monkeypatch.setenv("BOT_TOKEN", "")

        assert load(read_environment()).bot_token is None

    def test_a_dollar_in_a_key_stays(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / ".env").write_text("RAPIRA_API_KEY=a${HOME}b$c\n")
        monkeypatch.setenv("HOME", "/root")

        assert load(read_environment()).rapira_api_key == "a${HOME}b$c"

    def test_a_file_written_on_windows_is_read(self, folder: Path) -> None:
        (folder / ".env").write_bytes(b"\xef\xbb\xbfWORKERS=3\r\nLOG_LEVEL=ERROR\r\nADMIN_IDS\r\n")

        settings = load(read_environment())

        assert (settings.workers, settings.log_level, settings.admin_ids) == (3, "ERROR", frozenset())

    def test_a_file_that_is_no_text_is_refused(self, folder: Path) -> None:
        (folder / ".env").write_bytes(b"WORKERS=\xff\xfe\n")

        with pytest.raises(SettingError, match=r"^\.env is a file that cannot be read; allowed: UTF-8 text"):
            read_environment()


DEPLOYED = {"RAILWAY_ENVIRONMENT": "production"}
VOLUME = DEPLOYED | {"RAILWAY_VOLUME_MOUNT_PATH": "/data"}


@pytest.mark.parametrize(
    ("environ", "inbox"),
    [
        ({}, "database"),
        (DEPLOYED, "telegram"),
        (DEPLOYED | {"INBOX": "database"}, "database"),
        (VOLUME | {"DATABASE_URL": "sqlite:////data/desk.db"}, "database"),
        (VOLUME | {"DATABASE_URL": "sqlite:////data/desk.db", "INBOX": "telegram"}, "telegram"),
        (VOLUME, "telegram"),
        (VOLUME | {"DATABASE_URL": "sqlite:////database/desk.db"}, "telegram"),
        ({"RAILWAY_ENVIRONMENT": "x", "DATABASE_URL": "postgres://desk@host/desk"}, "database"),
    ],
)
def test_updates_stay_with_telegram_where_the_database_is_on_a_disk_that_is_wiped(
    environ: Mapping[str, str], inbox: str
) -> None:
    assert load(environ).inbox == inbox


def test_the_password_of_a_database_is_a_secret_and_its_name_is_none() -> None:
    held = load({"DATABASE_URL": "postgresql://desk:hunter%402@host/desk"}).secrets()
    assert {"desk:hunter%402", "hunter%402", "hunter@2"} <= set(held)
    assert load({"DATABASE_URL": "postgresql://desk@host/desk"}).secrets() == ()


@pytest.mark.parametrize(
    "text",
    [
        "redis://redis.railway.internal:6379",
        "rediss://default:hunter%402@host:6380/15",
        "redis://:hunter@[::1]/0",
        "redis://localhost/",
    ],
)
def test_a_redis_is_a_server_with_a_password_if_it_wants_one(text: str) -> None:
    assert held("REDIS_URL", text) == text


@pytest.mark.parametrize(
    "text",
    [
        "localhost:6379",
        "http://host",
        "unix:///tmp/redis.sock",
        "redis://",
        "redis://host/16",
        "redis://host/desk",
        "redis://host:0",
        "redis://host:99999",
        "redis://default:hunter@host?socket_timeout=100",
        "redis://ho st",
    ],
)
def test_a_redis_is_nothing_else_and_its_password_is_not_shown(text: str) -> None:
    sentence = refusal({"REDIS_URL": text})
    assert sentence.startswith("REDIS_URL is ***; allowed: redis:// or rediss:// (TLS), ")


def test_the_password_of_a_redis_is_a_secret() -> None:
    settings = load({"REDIS_URL": "rediss://default:hunter%402@host/0"})
    assert {"default:hunter%402", "hunter%402", "hunter@2"} <= set(settings.secrets())
    assert "hunter" not in repr(settings)
