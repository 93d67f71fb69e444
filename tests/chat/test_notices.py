"""What the owners are told without having asked: each once, in their language, whatever becomes of the others."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from telebot.apihelper import ApiTelegramException

from calc.alerts import Kind, Mode
from calc.snapshots import Feed
from chat.alarms import Alarms
from chat.delivery.errors import TransportError
from chat.formats import Size
from chat.notices import Notices
from chat.texts import LANGUAGES, MOSCOW, Texts
from tests.chat.driver import COLLEAGUE, OPERATOR, Chat, Person, open_chat


@dataclass
class State:
    state: str = "closed"
    trouble: str | None = None
    until: datetime | None = None


@dataclass
class Cause:
    source: str
    trouble: str


@dataclass
class Early:
    source: str = "apilayer"
    left: int = 2_310
    plan: int = 10_000
    empty_at: datetime = datetime(2026, 11, 24, 9, tzinfo=UTC)
    interval_s: float = 1_800.0
    is_set_by_hand: bool = False


class Desk:
    """Alarms, and what came of them in the chats of two owners."""

    def __init__(self, chat: Chat, zone: ZoneInfo = MOSCOW) -> None:
        self.chat = chat
        self.lines: list[tuple[int, Callable[[], None]]] = []
        self.stopping = False
        chat.memory.languages = {OPERATOR: "ru", COLLEAGUE: "en"}
        self.notices = Notices(
            chat.bot,
            owners=lambda: chat.access.owners,
            languages=chat.memory,
            in_line=self._in_line,
            zone=zone,
            mode=chat.modes.mode,
        )
        self.alarms = Alarms(self.notices.tell, utcnow=lambda: chat.now)

    def run(self) -> None:
        lines, self.lines = self.lines, []
        for _, job in lines:
            job()

    def said(self, owner: int = OPERATOR) -> list[str]:
        """Since it was asked last."""
        self.run()
        told = [message.plain for message in Person(self.chat, owner).messages]
        for message in self.chat.telegram.sent():
            if message.chat_id == owner:
                del self.chat.telegram.messages[message.id]
        return told

    def source(self, trouble: str | None, source: str = "rapira") -> list[str]:
        until = None if trouble is None else self.chat.now + timedelta(minutes=30)
        self.alarms.source_changed(source, State("open" if trouble else "closed", trouble, until))
        return self.said()

    def feed(self, *, is_usable: bool) -> list[str]:
        self.alarms.feed_seen(Feed.USDT_RUB, is_usable=is_usable, causes=[Cause("rapira", "blocked")])
        return self.said()

    def _in_line(self, owner: int, job: Callable[[], None]) -> None:
        if self.stopping:
            raise RuntimeError("stopping")
        self.lines.append((owner, job))


@pytest.fixture
def desk(chat: Chat) -> Desk:
    return Desk(chat)


def test_a_plan_used_too_fast_is_told_to_every_owner_in_their_language(desk: Desk) -> None:
    desk.alarms.quota_early(Early())
    assert [owner for owner, _ in desk.lines] == [OPERATOR, COLLEAGUE], "each in the order of their own chat"
    assert desk.said(OPERATOR) == [
        "⚠️ APILayer: использовано 7 690 из 10 000 запросов, при таком темпе кончатся 24.11; теперь раз в 30 мин."
    ]
    assert desk.said(COLLEAGUE) == [
        "⚠️ APILayer: 7 690 of 10 000 calls used, at this pace empty on 24.11; now every 30 min."
    ]


@pytest.mark.parametrize(
    ("warning", "said"),
    [
        (Early(is_set_by_hand=True, interval_s=300.0), "как задано, по-прежнему раз в 5 мин."),
        (Early(interval_s=26_784.0), "теперь раз в 7 ч."),
        (Early(interval_s=259_200.0), "теперь раз в 3 д."),
        (Early(left=0), "использовано 10 000 из 10 000 запросов; до конца месяца курс дают другие."),
    ],
)
def test_the_warning_says_what_it_means_for_the_rates(desk: Desk, warning: Early, said: str) -> None:
    desk.alarms.quota_early(warning)
    (line,) = desk.said()
    assert line.endswith(said)


def test_an_owner_whose_language_is_not_known_is_told_in_both(desk: Desk) -> None:
    del desk.chat.memory.languages[OPERATOR]
    (line,) = desk.source("blocked")
    assert "закрыт для нашего адреса" in line
    assert "closed to our address" in line


@pytest.mark.parametrize(
    "failure",
    [
        TransportError("sendMessage", "ReadTimeout"),
        ApiTelegramException(
            "sendMessage", None, {"error_code": 403, "description": "Forbidden: bot was blocked by the user"}
        ),
    ],
)
def test_an_owner_who_cannot_be_reached_keeps_it_from_no_other(
    desk: Desk, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    desk.chat.telegram.fail_next = failure
    desk.alarms.quota_early(Early())
    assert desk.said(OPERATOR) == []
    assert len(desk.said(COLLEAGUE)) == 1
    assert "owner not told user_id=1001" in caplog.text
    assert len(desk.chat.telegram.calls) == 2, "nobody is told of the failure in its place"


def test_while_the_bot_stops_nothing_is_raised(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.stopping = True
    desk.alarms.quota_early(Early())
    assert "owner not told user_id=1002: the bot is stopping" in caplog.text


@pytest.fixture
def unowned(tmp_path: Path) -> Iterator[Desk]:
    with open_chat(tmp_path, admins=()) as chat:
        yield Desk(chat)


def test_who_paired_is_an_owner_from_then_on(unowned: Desk) -> None:
    assert unowned.source("blocked") == []
    Person(unowned.chat, OPERATOR).send("/start pair_secret")
    unowned.said()
    assert len(unowned.source("key_refused")) == 1


def test_a_refusal_is_told_when_it_begins_and_when_it_ends(desk: Desk) -> None:
    (line,) = desk.source("blocked")
    assert line.startswith("⚠️ Rapira: закрыт для нашего адреса. Курс берём у следующих источников, подробнее /status.")
    assert line.endswith(" Снова спросим в 15:34 (Москва).")
    assert desk.source("blocked") == []
    assert desk.source(None) == ["✅ Rapira: снова отвечает."]
    assert desk.source(None) == []


def test_a_notice_tells_its_moments_in_the_zone_of_the_desk(chat: Chat) -> None:
    (line,) = Desk(chat, zone=ZoneInfo("Asia/Dubai")).source("blocked")
    assert line.endswith(" Снова спросим в 16:34 (Dubai).")


def test_a_refusal_of_another_kind_is_news_and_their_end_is_one(desk: Desk) -> None:
    assert len(desk.source("blocked")) == 1
    assert "ключ не принят" in desk.source("key_refused")[0]
    assert len(desk.source(None)) == 1


@pytest.mark.parametrize("trouble", ["timeout", "unavailable", "garbage", "quota", "stale", "unreachable"])
def test_a_source_that_rests_is_told_whatever_its_trouble_and_its_end_too(desk: Desk, trouble: str) -> None:
    assert desk.source(trouble)[0].startswith("⚠️ Rapira: ")
    assert desk.source(trouble) == []
    assert desk.source(None) == ["✅ Rapira: снова отвечает."]


def test_a_source_that_comes_and_goes_is_told_once_an_hour(desk: Desk) -> None:
    told = 0
    for _ in range(24):
        told += len(desk.source("blocked")) + len(desk.source(None))
        desk.chat.pass_time(minutes=5)
    assert told == 4


def test_a_refusal_that_began_silently_and_stays_is_told_later(desk: Desk) -> None:
    desk.source("blocked")
    desk.source(None)
    desk.chat.pass_time(minutes=31)
    assert desk.source("blocked") == []
    desk.alarms.source_changed("rapira", State("half_open", "blocked"))
    desk.chat.pass_time(minutes=31)
    desk.alarms.source_changed("rapira", State("half_open", "blocked"))
    assert desk.said() == []
    assert len(desk.source("blocked")) == 1


def test_the_end_of_all_rates_is_told_with_its_causes_and_so_is_its_end(desk: Desk) -> None:
    assert desk.feed(is_usable=True) == []
    assert desk.feed(is_usable=False) == [
        "❗ USDT/RUB: курса, по которому можно котировать, больше нет.\nRapira: закрыт для нашего адреса"
    ]
    assert desk.feed(is_usable=False) == []
    assert desk.feed(is_usable=True) == ["✅ USDT/RUB: курс снова есть."]


def test_a_rate_that_was_never_asked_for_is_not_missed(desk: Desk) -> None:
    desk.alarms.feed_seen(Feed.FIAT, is_usable=False, causes=[])
    assert desk.said() == []


def test_a_rest_without_an_end_names_none(desk: Desk) -> None:
    desk.alarms.source_changed("rapira", State("open", "blocked", None))
    assert desk.said()[0].endswith("подробнее /status.")


def test_a_peg_that_is_off_is_told_with_what_it_is_and_once_when_it_is_over(desk: Desk) -> None:
    for off in (Decimal("1.123"), Decimal("1.124"), Decimal("1.125")):
        desk.alarms.peg_seen(off)
    assert desk.said() == ["❗ USDT/RUB и курсы валют не сходятся: 1 USDT = 1,1230 USD. По ним не котируем."]
    desk.alarms.peg_seen(None)
    desk.alarms.peg_seen(None)
    assert desk.said() == ["✅ USDT/RUB и курсы валют снова сходятся."]


def test_a_kind_that_an_owner_silenced_makes_no_sound_and_one_that_is_off_is_not_told(desk: Desk) -> None:
    desk.chat.modes.set_mode(OPERATOR, Kind.PEG, Mode.SILENT)
    desk.chat.modes.set_mode(OPERATOR, Kind.QUOTA, Mode.OFF)
    desk.alarms.peg_seen(Decimal("1.2"))
    desk.alarms.quota_early(Early())
    assert len(desk.said()) == 1
    assert len(desk.said(COLLEAGUE)) == 2
    sent = desk.chat.telegram.named("sendMessage")
    assert {(int(each["chat_id"]), each["disable_notification"]) for each in sent} == {
        (OPERATOR, True),
        (COLLEAGUE, False),
    }
    assert len(desk.source("blocked")) == 1


def test_what_is_wrong_with_the_bot_itself_is_told_once_with_its_end(desk: Desk) -> None:
    for _ in range(2):
        desk.alarms.trouble_seen("disk", {"free": Size(7_240_000)})
    assert desk.said() == ["❗ Диск почти полон: осталось 7,2 МБ."]

    for _ in range(2):
        desk.alarms.trouble_seen("disk", None)
    assert desk.said() == ["✅ На диске снова есть место."]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("rival", {}),
        ("inbox", {"waiting": "120"}),
        ("memory", {"before": "50 MB", "now": "90 MB"}),
        ("disk", {"free": "7 MB"}),
        ("slower", {"step": "press pays", "before": "40", "now": "90"}),
        ("backup", {"reason": "full"}),
        ("database", {"reason": "malformed"}),
        ("sheltered", {"reason": "full"}),
        ("away", {"reason": "the database does not answer"}),
    ],
)
def test_every_trouble_of_the_bot_has_its_beginning_and_its_end(what: str, said: dict[str, str], language: str) -> None:
    texts = Texts(language)
    assert texts(f"trouble_of.{what}", **said)
    assert texts(f"over.{what}")
