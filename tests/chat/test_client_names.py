"""Whom a quote is for: named by typing, by a button or by a reply."""

from storage.audit import Audit
from tests.chat.driver import COLLEAGUE, GROUP, OPERATOR, Chat, Person, at_result
from tests.chat.giving import GIVE, at_price, first_line
from tests.chat.telegram import Message


def test_the_client_is_named_by_typing(chat: Chat, anya: Person, given: Message) -> None:
    anya.click("Имя клиента", given)
    assert "Как зовут клиента?" in given.plain
    anya.send("  Иван <b>Петров</b> ")
    assert "Котирует Аня · клиент Иван &lt;b&gt;Петров&lt;/b&gt;" in given.plain
    assert "Как зовут" not in given.plain
    assert chat.quotes.find(1).client == "Иван <b>Петров</b>"


def test_the_client_is_named_by_a_button_out_of_the_last_ones(chat: Chat, anya: Person, given: Message) -> None:
    anya.reply("Иван", given)
    anya.send("50000")
    second = anya.card
    anya.click(GIVE)
    anya.click("Имя клиента", second)
    assert second.buttons == ["Иван", "‹ Назад"]
    anya.click("Иван", second)
    assert "клиент Иван" in second.plain
    anya.click("Имя клиента", second)
    anya.click("‹ Назад", second)
    assert "✓ Принята" in second.buttons


def test_a_request_or_a_number_is_no_name_of_a_client(chat: Chat, anya: Person, given: Message) -> None:
    anya.click("Имя клиента", given)
    for text in ("100к руб usdt 2%", "нужно 5000 usdt за рубли 2%", "нужно 1,500 usdt за рубли 2%", "Q-0001", "70000"):
        anya.send(text)
        assert chat.quotes.find(1).client == ""
    anya.send("Ольга")
    assert chat.quotes.find(1).client == "Ольга"


def test_a_client_is_called_as_telegram_calls_them(chat: Chat, anya: Person, given: Message) -> None:
    anya.click("Имя клиента", given)
    anya.send("@petya_77")
    assert "клиент @petya_77" in given.plain


def test_a_question_of_the_dialogue_that_is_answered_in_words_comes_first(
    chat: Chat, anya: Person, given: Message
) -> None:
    anya.click("Имя клиента", given)
    at_price(chat, "120")
    anya.send("/new")
    anya.click("RUB")
    anya.click("USDT")
    chat.run_beside()
    anya.click("Всё равно котировать")
    anya.send("Согласовано по телефону")
    assert "Согласовано по телефону" in anya.card.plain
    assert chat.quotes.find(1).client == ""
    anya.send("Иван")
    assert chat.quotes.find(1).client == "Иван"


def test_in_a_group_a_client_is_named_by_a_reply_and_other_talk_is_none(chat: Chat) -> None:
    anya, boris = Person(chat, OPERATOR, chat_id=GROUP), Person(chat, COLLEAGUE, chat_id=GROUP, name="Борис")
    at_result(anya)
    card = anya.card
    anya.click(GIVE)
    anya.click("Имя клиента", card)
    boris.send("Обедать пойдёшь?")
    boris.reply("Да", anya.messages[1])
    anya.click("‹ Назад", card)
    boris.reply("Он согласен", card)
    assert chat.quotes.find(1).client == ""
    anya.click("Имя клиента", card)
    boris.reply("Иван", card)
    assert chat.quotes.find(1).client == "Иван"
    assert [deed.name for _, deed in Audit(chat.database).latest(1)] == ["Борис"]


def test_the_client_of_a_deal_can_be_named_later(chat: Chat, anya: Person, given: Message) -> None:
    anya.click("✓ Принята", given)
    anya.click("Имя клиента", given)
    chat.pass_time(minutes=40)
    chat.look()
    assert "Как зовут клиента?" in given.plain
    anya.send("Иван")
    assert "клиент Иван" in given.plain
    assert given.buttons == ["Имя клиента"]


def test_a_question_about_the_client_ends_with_the_quote(chat: Chat, anya: Person, given: Message) -> None:
    anya.click("Имя клиента", given)
    chat.pass_time(minutes=16)
    chat.look()
    assert first_line(given).startswith("⌛")
    assert given.buttons == ["Новый курс"]
    anya.send("Иван")
    assert chat.quotes.find(1).client == ""
