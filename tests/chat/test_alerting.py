"""/alert: made by text or by buttons, told once, silenced by kind."""

from dataclasses import replace
from decimal import Decimal

import pytest
from telebot.apihelper import ApiTelegramException

from calc.alerts import Kind, Mode
from calc.directions import Currency
from calc.snapshots import Feed
from chat.delivery.errors import TransportError
from chat.texts import LANGUAGES
from tests.chat.book import FIAT, USDT_RUB
from tests.chat.driver import COLLEAGUE, GROUP, OPERATOR, STRANGER, Chat, Person
from tests.chat.telegram import NBSP, Message


def at_price(chat: Chat, close: str) -> None:
    """An accepted rate, twenty minutes later."""
    chat.pass_time(minutes=20)
    chat.book.held[Feed.USDT_RUB] = replace(USDT_RUB, close=Decimal(close), fetched_at=chat.now)
    chat.alerting.seen(chat.book.held[Feed.USDT_RUB])
    chat.run_in_line()


def told(person: Person) -> list[str]:
    return [message.plain for message in person.messages if message.text.startswith("🔔")]


def test_a_move_without_a_time_is_asked_within_which(anya: Person) -> None:
    anya.send("/alert евро 1%")
    assert anya.card.plain == "За какое время?"
    anya.click("EUR/RUB ±1 % за 24 ч")
    assert anya.card.plain.startswith("✓ Добавлено: EUR/RUB ±1 % за 24 ч.")


def list_of(person: Person) -> Message:
    return next(each for each in reversed(person.messages) if "Оповещения" in each.text)


def test_an_alert_made_by_text_is_echoed_listed_and_told_once(chat: Chat, anya: Person) -> None:
    anya.send("/alert usdt/rub > 82")
    assert anya.card.plain == (
        "✓ Добавлено: USDT/RUB выше 82.\n\n<b>Оповещения</b>\n• USDT/RUB выше 82\n\n"
        "Добавить кнопкой или текстом:\n<code>/alert usdt/rub &gt; 90</code>\n<code>/alert евро 1% за 1 ч</code>"
    )
    assert anya.card.buttons[:2] == ["✕ USDT/RUB выше 82", "Добавить"]
    at_price(chat, "82")
    assert told(anya) == []
    at_price(chat, "82.10")
    at_price(chat, "82.50")
    assert told(anya) == ["🔔 USDT/RUB выше 82: сейчас 82,10"]
    assert chat.telegram.named("sendMessage")[-1]["disable_notification"] is False


def test_a_move_is_told_with_where_it_came_from(chat: Chat, anya: Person) -> None:
    anya.send("/alert юсдт ±1 % за 1 ч")
    assert "✓ Добавлено: USDT/RUB ±1 % за 1 ч." in anya.card.plain
    at_price(chat, "81.20")
    at_price(chat, "82.10")
    assert told(anya) == ["🔔 USDT/RUB ±1 % за 1 ч: +1,1 %, с 81,20 до 82,10"]


def test_what_is_so_already_is_said_to_be_so(chat: Chat, anya: Person) -> None:
    anya.send("/alert usdt < 90")
    assert anya.card.plain.startswith("✓ Добавлено: USDT/RUB ниже 90. Сейчас это уже так;")
    at_price(chat, "81.70")
    assert told(anya) == []


def test_what_is_missing_is_asked_by_buttons(chat: Chat, anya: Person) -> None:
    anya.send("/alert")
    assert "Пока ни одного." in anya.card.plain
    anya.click("Добавить")
    assert anya.card.buttons == [
        "USDT/RUB",
        "USD/RUB",
        "EUR/RUB",
        "THB/RUB",
        "AED/RUB",
        "ZAR/RUB",
        "IDR/RUB",
        "‹ Назад",
    ]
    anya.click("USDT/RUB")
    assert "Сейчас USDT/RUB 81,65.\nИли напишите: <code>/alert usdt/rub &gt; 82,5</code>" in anya.card.plain
    assert [label.replace(NBSP, " ") for label in anya.card.buttons] == [
        "USDT/RUB выше 82,5",
        "USDT/RUB выше 83,3",
        "USDT/RUB ниже 80,8",
        "USDT/RUB ниже 80",
        "USDT/RUB ±0,5 % за 1 ч",
        "USDT/RUB ±1 % за 1 ч",
        "USDT/RUB ±2 % за 24 ч",
        "USDT/RUB ±3 % за 24 ч",
        "‹ Назад",
    ]
    anya.click("USDT/RUB выше 82,5")
    assert "• USDT/RUB выше 82,5\n" in anya.card.plain
    assert len(anya.messages) == 1
    at_price(chat, "82.51")
    assert len(told(anya)) == 1


def test_a_pair_alone_or_a_condition_alone_asks_for_the_other(chat: Chat, anya: Person) -> None:
    anya.send("/alert idr")
    assert "Сейчас IDR/RUB 0,00477799." in anya.card.plain
    assert "IDR/RUB выше 0,00483" in anya.card.buttons
    anya.send("/alert > 90")
    assert anya.card.buttons == ["USDT/RUB выше 90", "USD/RUB выше 90", "EUR/RUB выше 90", "AED/RUB выше 90", "‹ Назад"]
    anya.click("EUR/RUB выше 90")
    assert "• EUR/RUB выше 90\n" in anya.card.plain
    anya.send("/alert usd")
    anya.click("‹ Назад")
    assert "• EUR/RUB выше 90\n" in anya.card.plain


def test_without_a_rate_only_moves_are_offered(chat: Chat, anya: Person) -> None:
    chat.book.held.clear()
    anya.send("/alert usdt")
    assert anya.card.buttons[0].replace(NBSP, " ") == "USDT/RUB ±0,5 % за 1 ч"
    assert "/alert usdt/rub &gt; 90" in anya.card.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("btc > <b>90", "⚠️ «btc &gt; &lt;b&gt;90» не читается как оповещение."),
        ("usdt > 90000", "⚠️ Понято как 90 000, а можно от 20 до 400."),
        ("usdt > 82 рубля", "⚠️ «82 рубля» не читается как число. Можно так: <code>87,5</code>"),
        ("usdt 90% 1h", "⚠️ Можно от 0,1 % до 50 %, за время от 5 мин до 7 д."),
    ],
)
def test_what_cannot_be_is_said_with_what_can(anya: Person, text: str, said: str) -> None:
    anya.send(f"/alert {text}")
    assert anya.card.plain.startswith(said)
    assert "Пока ни одного." in anya.card.plain


def test_an_alert_is_deleted_by_its_button(chat: Chat, anya: Person) -> None:
    anya.send("/alert usdt > 82")
    anya.send("/alert usdt > 83")
    anya.click("✕ USDT/RUB выше 82")
    assert "• USDT/RUB выше 83\n" in anya.card.plain
    assert "выше 82" not in anya.card.plain
    at_price(chat, "84")
    assert told(anya) == ["🔔 USDT/RUB выше 83: сейчас 84"]


def test_alerts_survive_a_restart(chat: Chat, anya: Person) -> None:
    anya.send("/alert usdt > 82")
    chat.restart()
    at_price(chat, "82.10")
    chat.restart()
    at_price(chat, "82.20")
    assert len(told(anya)) == 1


def test_too_many_are_refused(anya: Person) -> None:
    for level in range(90, 111):
        anya.send(f"/alert usdt > {level}")
    assert anya.card.plain.startswith("⚠️ Больше 20 оповещений нельзя")
    assert "выше 110" not in anya.card.plain


def test_each_kind_goes_from_sound_to_silence_to_off_and_back(chat: Chat, anya: Person) -> None:
    anya.send("/alert usdt > 82")
    anya.send("/alert usdt > 83")
    anya.send("/alert usdt > 84")
    anya.click("Мои курсы: со звуком 🔔")
    at_price(chat, "82.10")
    assert chat.telegram.named("sendMessage")[-1]["disable_notification"] is True
    anya.click("Мои курсы: без звука 🔕", list_of(anya))
    at_price(chat, "83.10")
    assert told(anya) == ["🔔 USDT/RUB выше 82: сейчас 82,10"]
    anya.click("Мои курсы: выключено", list_of(anya))
    at_price(chat, "84.10")
    assert told(anya)[1:] == ["🔔 USDT/RUB выше 84: сейчас 84,10"]


def test_an_owner_chooses_for_what_the_bot_tells_of_itself(chat: Chat, anya: Person) -> None:
    anya.send("/alert")
    assert [label.split(":")[0] for label in anya.card.buttons[1:]] == [
        "Мои курсы",
        "Источники",
        "USDT к доллару",
        "Лимит запросов",
        "Сам бот",
    ]
    anya.click("Лимит запросов: со звуком 🔔")
    assert chat.modes.mode(OPERATOR, Kind.QUOTA) is Mode.SILENT
    assert chat.modes.mode(COLLEAGUE, Kind.QUOTA) is Mode.ON


def test_the_alerts_of_a_group_are_told_there_in_their_topic(chat: Chat) -> None:
    anya = Person(chat, OPERATOR, chat_id=GROUP, thread_id=7)
    anya.send("/alert usdt > 82")
    at_price(chat, "82.10")
    assert told(anya) == ["🔔 USDT/RUB выше 82: сейчас 82,10"]
    assert chat.telegram.named("sendMessage")[-1]["message_thread_id"] == 7


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_alert_is_told_in_the_language_it_was_made_in(chat: Chat, language: str) -> None:
    boris = Person(chat, COLLEAGUE, language=language)
    boris.send("/alert eur > 96")
    chat.alerting.seen(replace(FIAT, per_usd={**FIAT.per_usd, Currency.EUR: Decimal("0.85")}))
    chat.run_in_line()
    assert told(boris) == [
        "🔔 EUR/RUB above 96: now 96.9559" if language == "en" else "🔔 EUR/RUB выше 96: сейчас 96,9559"
    ]


def refusal(code: int) -> ApiTelegramException:
    return ApiTelegramException("sendMessage", None, {"error_code": code, "description": "refused"})


@pytest.mark.parametrize(
    "failure", [TransportError("sendMessage", "ConnectTimeout", unsent=True), refusal(429), refusal(502)]
)
def test_what_was_surely_not_sent_is_told_with_the_next_rate(chat: Chat, anya: Person, failure: Exception) -> None:
    anya.send("/alert usdt > 82")
    chat.telegram.fail_next = failure
    at_price(chat, "82.10")
    assert told(anya) == []
    at_price(chat, "82.20")
    assert told(anya) == ["🔔 USDT/RUB выше 82: сейчас 82,20"]


def test_what_was_perhaps_sent_is_not_told_twice(chat: Chat, anya: Person) -> None:
    anya.send("/alert usdt > 82")
    chat.telegram.fail_next = TransportError("sendMessage", "ReadTimeout")
    at_price(chat, "82.10")
    at_price(chat, "82.20")
    assert told(anya) == []


def test_a_chat_that_shut_the_bot_out_has_no_alerts_any_more(chat: Chat, anya: Person) -> None:
    anya.send("/alert usdt > 82")
    chat.telegram.fail_next = refusal(403)
    at_price(chat, "82.10")
    anya.send("/alert")
    assert "Пока ни одного." in anya.card.plain


def test_who_is_no_operator_any_more_is_told_nothing(chat: Chat, anya: Person) -> None:
    anya.send("/alert usdt > 82")
    chat._admins = (COLLEAGUE,)
    chat.restart()
    at_price(chat, "82.10")
    assert told(anya) == []
    assert chat.database.read().execute("SELECT count(*) FROM alerts").fetchone() == (0,)


def test_a_stop_in_the_midst_leaves_it_for_the_next_start(chat: Chat, anya: Person) -> None:
    anya.send("/alert usdt > 82")
    chat.is_stopping = True
    at_price(chat, "82.10")
    chat.is_stopping = False
    chat.restart()
    at_price(chat, "82.10")
    assert len(told(anya)) == 1


def test_strangers_make_no_alerts_and_nobody_presses_the_buttons_of_another(chat: Chat, anya: Person) -> None:
    Person(chat, STRANGER).send("/alert usdt > 82")
    assert chat.database.read().execute("SELECT count(*) FROM alerts").fetchone() == (0,)
    anya.send("/alert usdt > 82")
    card = anya.card
    Person(chat, COLLEAGUE).press(card.rows[0][0]["callback_data"], card)
    assert card.edits == 0


@pytest.mark.parametrize("action", ["new.BTC/RUB>1", "new.", "pair.BTC", "mode.weather", "new.USDT/RUB>NaN"])
def test_a_forged_button_does_nothing(anya: Person, action: str) -> None:
    anya.send("/alert")
    anya.press(f"alert:{action}:{OPERATOR:x}::0", anya.card)
    assert anya.card.edits == 0


def test_every_button_fits_into_what_telegram_allows(chat: Chat) -> None:
    anya = Person(chat, OPERATOR)
    for text in ("idr > 0.00483123", "usdt ±12.25% 7 дней", "idr"):
        anya.send(f"/alert {text}")
        data = [each["callback_data"] for row in anya.card.rows for each in row]
        assert max(len(each.encode()) for each in data) <= 64 - 10, "an id of ten digits more than here"
