"""/team by sending and pressing: links, roles, limits, and the ways out."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from calc.team import Person as TeamPerson
from calc.team import Role
from chat.delivery.acknowledger import Toast
from chat.delivery.errors import TransportError
from tests.chat.driver import COLLEAGUE, OPERATOR, STRANGER, Chat, Person, at_result, open_chat


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Chat]:
    """Of one owner by the settings."""
    with open_chat(tmp_path, admins=(OPERATOR,)) as chat:
        yield chat


def code_of(anya: Person, role: str) -> str:
    anya.send("/team")
    anya.click("Создать ссылку")
    anya.click(role)
    found = re.search(r"https://t\.me/desk_bot\?start=(join_\S+)", anya.card.text)
    assert found, anya.card.text
    return found[1]


def let_in(anya: Person, newcomer: Person, role: str = "Оператор") -> None:
    newcomer.send(f"/start {code_of(anya, role)}")


def opened(anya: Person, name: str = "Борис") -> None:
    """The screen of the one member who is not named in the settings."""
    anya.send("/team")
    anya.click(name)


def test_an_owner_sees_the_team_and_how_to_let_somebody_in(anya: Person) -> None:
    anya.send("/team")
    assert anya.card.plain == (
        "<b>Команда</b>\n• Аня: владелец, по настройкам\n\n"
        "Чтобы пригласить человека, создайте ссылку: она действует 24 ч и срабатывает один раз."
    )
    assert anya.card.buttons == ["Создать ссылку"]


def test_a_link_is_a_message_to_forward_and_lets_one_person_in(chat: Chat, anya: Person, boris: Person) -> None:
    code = code_of(anya, "Оператор")
    link = anya.card
    assert link.plain.startswith("Вас приглашают в обменник: оператор. Ссылка сработает один раз, до 21.11 15:04.\n")
    overview = anya.messages[-2]
    assert "✓ Ссылка № 1 ниже: перешлите её." in overview.plain
    assert "• № 1: оператор, до 21.11 15:04, от Аня" in overview.plain
    boris.send(f"/start {code}")
    assert boris.card.text == (
        "Добро пожаловать. Ваша роль в этом обменнике: оператор.\nНовая котировка: /new. Всё остальное: /help"
    )
    boris.send("/new")
    assert "Что платит клиент?" in boris.card.plain
    late = Person(chat, STRANGER)
    late.send(f"/start {code}")
    assert late.card.text == "Эта ссылка больше не действует. Попросите у владельца новую. Ваш id: 2001"
    anya.send("/team")
    assert "• Борис: оператор" in anya.card.plain
    assert "Действующие ссылки" not in anya.card.plain


def test_a_link_is_good_before_the_bot_knows_its_own_name(chat: Chat, anya: Person) -> None:
    chat.username = None
    anya.send("/team")
    anya.click("Создать ссылку")
    anya.click("Зритель")
    assert "Отправьте боту строку: <code>/start join_" in anya.card.text


def test_a_stranger_with_a_link_is_let_past_the_turnstile(chat: Chat, anya: Person) -> None:
    assert not chat.handlers.may_pair("/start join_x")
    code = code_of(anya, "Зритель")
    assert chat.handlers.may_pair(f"/start {code}")
    assert not chat.handlers.may_pair(f"/help {code}")
    chat.pass_time(hours=24)
    assert not chat.handlers.may_pair(f"/start {code}")


def test_a_link_is_taken_back_by_a_button(anya: Person, boris: Person) -> None:
    code = code_of(anya, "Оператор")
    anya.send("/team")
    anya.click("✕ Ссылка № 1")
    assert anya.card.plain.startswith("✓ Ссылка № 1 больше не действует.")
    anya.press("team:revoke.1:3e9::0", anya.card)
    assert anya.card.plain.startswith("⚠️ Эта ссылка уже использована или истекла.")
    boris.send(f"/start {code}")
    assert "больше не действует" in boris.card.text


def test_a_viewer_sees_rates_and_may_not_quote(chat: Chat, anya: Person, boris: Person) -> None:
    let_in(anya, boris, "Зритель")
    assert boris.card.text.endswith("Курсы: /rates. Всё остальное: /help")
    for text in ("/new", "/q 100к руб usdt 2%", "100к руб usdt 2%", "/cancel"):
        boris.send(text)
        assert boris.card.text.startswith("Здесь вы можете смотреть курсы; котировки дают операторы.")
    boris.send("/rates")
    assert "Курсы без маржи" in boris.card.plain
    boris.send("/alert usdt/rub > 90")
    assert "✓ Добавлено" in boris.card.plain
    boris.send("/team")
    assert boris.card.text.startswith("Это для владельцев")


def test_an_operator_made_a_viewer_in_mid_quote_goes_no_further(chat: Chat, anya: Person, boris: Person) -> None:
    let_in(anya, boris)
    at_result(boris)
    card = boris.card
    before = card.text
    opened(anya)
    anya.click("Сделать зрителем")
    assert "✓ Готово." in anya.card.plain
    assert "Роль: зритель" in anya.card.plain
    chat.run_in_line()
    assert boris.card.text.startswith("Теперь ваша роль в этом обменнике: зритель.")
    boris.click("Карточка клиенту", card)
    assert card.text == before
    assert "Вы платите" not in boris.card.text


def test_a_removed_operator_is_a_stranger_in_mid_quote_at_once(chat: Chat, anya: Person, boris: Person) -> None:
    let_in(anya, boris)
    boris.send("/rates")
    boris.click("Закрепить")
    boris.send("/alert usdt/rub > 81.7")
    boris.send("/alert usdt/rub > 90")
    at_result(boris)
    card = boris.card
    data = card.rows[0][0]["callback_data"]
    opened(anya)
    anya.click("Убрать")
    assert anya.card.plain == "Убрать из команды: <b>Борис</b>? Сразу, даже посреди котировки."
    anya.click("Да")
    assert anya.card.plain.startswith("✓ Готово.")
    chat.run_in_line()
    assert boris.card.text.startswith("Вы больше не в команде")
    said = len(boris.messages)
    boris.press(data, card)
    assert len(boris.messages) == said
    toast = chat.handlers.toast(boris.query(data, card))
    assert toast == Toast("Этот бот только для операторов обменника. Ваш id: 1002", alert=True)
    boris.send("500")
    assert boris.card.text == "Этот бот только для операторов обменника. Ваш id: 1002"
    chat.boards.look()
    assert chat.in_line == [], "no board of theirs follows the rates"
    chat.restart()
    chat.boards.look()
    assert chat.in_line == []


def test_a_rate_that_arrives_for_one_who_is_out_is_not_shown(chat: Chat, anya: Person, boris: Person) -> None:
    let_in(anya, boris)
    at_result(boris)
    boris.click("Обновить курс")
    before = boris.card.text
    chat.team.remove(COLLEAGUE, by=_owner())
    chat.run_beside()
    assert boris.card.text == before


def test_limits_are_chosen_by_buttons(anya: Person, boris: Person) -> None:
    let_in(anya, boris)
    opened(anya)
    assert "Без второго человека: без лимитов" in anya.card.plain
    anya.click("Лимит суммы")
    anya.click("500 000 RUB")
    anya.click("Наименьшая маржа")
    anya.click("1,5 %")
    assert "Без второго человека: до 500 000 RUB, маржа от 1,5 %" in anya.card.plain
    anya.click("‹ Назад")
    assert "• Борис: оператор, до 500 000 RUB, маржа от 1,5 %" in anya.card.plain
    anya.click("Борис")
    anya.click("Наименьшая маржа")
    anya.click("‹ Назад")
    anya.click("Лимит суммы")
    anya.click("Без лимита")
    assert "Без второго человека: маржа от 1,5 %" in anya.card.plain


@pytest.mark.parametrize(
    ("typed", "limits"),
    [("700к", "до 700 000 RUB"), ("1,25%", "маржа от 1,25 %"), ("1 250 000,50", "до 1 250 000,50 RUB")],
)
def test_limits_are_typed_like_numbers_everywhere(anya: Person, boris: Person, typed: str, limits: str) -> None:
    let_in(anya, boris)
    anya.send(f"/team 1002 {typed}")
    assert f"Без второго человека: {limits}" in anya.card.plain


@pytest.mark.parametrize("typed", ["1002 много", "1002 1,500", "1002 0%", "1002 99%", "1002", "Boris 700к", "1002 -5"])
def test_a_limit_that_cannot_be_read_changes_nothing(chat: Chat, anya: Person, boris: Person, typed: str) -> None:
    let_in(anya, boris)
    anya.send(f"/team {typed}")
    assert anya.card.plain.startswith("⚠️ Я понимаю так")
    assert chat.access.limits(COLLEAGUE).is_none


def test_a_member_is_made_an_owner_and_then_handed_the_desk(chat: Chat, anya: Person, boris: Person) -> None:
    let_in(anya, boris)
    opened(anya)
    anya.click("Сделать владельцем")
    assert "Владелец видит всё" in anya.card.plain
    anya.click("‹ Назад")
    anya.click("Сделать владельцем")
    anya.click("Да")
    assert "Роль: владелец" in anya.card.plain
    chat.run_in_line()
    assert boris.card.text.startswith("Теперь ваша роль в этом обменнике: владелец.")
    boris.send("/team")
    boris.press("team:out.1001.sure:3ea::0", boris.card)
    assert boris.card.plain.startswith("⚠️ Этот владелец указан в ADMIN_IDS")
    boris.click("Борис")
    boris.click("Сделать оператором")
    assert boris.card.plain == "✓ Вы больше не владелец этого обменника."


def test_who_hands_the_desk_over_sees_no_screen_of_an_owner_any_more(tmp_path: Path) -> None:
    with open_chat(tmp_path, admins=()) as chat:
        anya, boris = Person(chat, OPERATOR), Person(chat, COLLEAGUE)
        anya.send("/start pair_secret")
        let_in(anya, boris, "Зритель")
        anya.send("/team")
        anya.press("team:out.1001.sure:3e9::0", anya.card)
        assert anya.card.plain.startswith("⚠️ Это последний владелец: сначала назначьте другого.")
        anya.press("team:who.1002:3e9::0", anya.card)
        anya.click("Передать владение")
        anya.click("Да")
        assert anya.card.plain == "✓ Вы больше не владелец этого обменника."
        assert (chat.access.role(OPERATOR), chat.access.role(COLLEAGUE)) == (Role.OPERATOR, Role.OWNER)
        chat.restart()
        assert chat.access.owners == {COLLEAGUE}
        assert chat.access.pairing_code is None


def test_somebody_removed_meanwhile_is_said_to_be_gone(chat: Chat, anya: Person, boris: Person) -> None:
    let_in(anya, boris)
    opened(anya)
    chat.team.remove(COLLEAGUE, by=_owner())
    anya.click("Лимит суммы")
    assert anya.card.plain.startswith("⚠️ Борис больше не в команде.")


@pytest.mark.parametrize(
    "arg",
    [
        "nonsense.1002",
        "who.x",
        "role.1002.king",
        "invite.king.join_x",
        "invite.operator.x",
        "amount.1002.x",
        "revoke.x",
    ],
)
def test_a_forged_button_changes_nothing(chat: Chat, anya: Person, boris: Person, arg: str) -> None:
    let_in(anya, boris)
    anya.send("/team")
    before = chat.access.team()
    anya.press(f"team:{arg}:3e9::0", anya.card)
    assert chat.access.team() == before
    assert chat.finished[-1] == len(chat.finished), "calmly"


def test_too_many_links_are_refused(anya: Person) -> None:
    for _ in range(10):
        code_of(anya, "Зритель")
    anya.send("/team")
    anya.click("Создать ссылку")
    anya.click("Зритель")
    assert anya.card.plain.startswith("⚠️ Не больше 10 сразу.")


def test_the_team_is_not_for_the_eyes_of_a_group(chat: Chat) -> None:
    anya = Person(chat, OPERATOR, chat_id=-500)
    anya.send("/team")
    assert anya.card.text == "Командой управляют в личном чате со мной."


def test_an_operator_presses_no_button_of_an_owner(chat: Chat, anya: Person, boris: Person) -> None:
    let_in(anya, boris)
    boris.send("/rates")
    boris.press("team:own.1002.sure:3ea::0", boris.card)
    boris.press("team:invite.operator.join_x:3ea::0", boris.card)
    assert chat.access.role(COLLEAGUE) is Role.OPERATOR
    assert len(boris.messages) == 2


def test_a_role_and_its_commands_change_together(chat: Chat, anya: Person, boris: Person) -> None:
    let_in(anya, boris, "Зритель")
    chat.run_beside()
    menu = chat.telegram.named("setMyCommands")[-1]
    assert '"chat_id": 1002' in menu["scope"]
    assert "team" not in menu["commands"]
    opened(anya)
    anya.click("Убрать")
    anya.click("Да")
    chat.run_beside()
    assert chat.telegram.named("deleteMyCommands")


def test_what_happens_to_the_team_is_noted(chat: Chat, anya: Person, boris: Person) -> None:
    let_in(anya, boris)
    anya.send("/team 1002 700к")
    opened(anya)
    anya.click("Убрать")
    anya.click("Да")
    kinds = [deed.kind for _, deed in chat.audit.latest(10)]
    assert kinds == ["team.removed", "team.amount", "team.joined", "team.invited"]


def test_a_person_who_cannot_be_told_keeps_nothing_from_happening(chat: Chat, anya: Person, boris: Person) -> None:
    let_in(anya, boris)
    chat.is_stopping = True
    opened(anya)
    anya.click("Сделать зрителем")
    assert chat.access.role(COLLEAGUE) is Role.VIEWER


def _owner() -> TeamPerson:
    return TeamPerson(OPERATOR, "Аня")


def test_a_press_that_is_handled_again_makes_no_second_link(chat: Chat, anya: Person) -> None:
    anya.send("/team")
    anya.click("Создать ссылку")
    data = anya.card.rows[0][0]["callback_data"]
    assert len(data.encode()) <= 64
    chat.telegram.fail_after("editMessageText", TransportError("sendMessage", "ReadTimeout"))
    anya.press(data, anya.card)
    anya.press(data, anya.messages[0])
    assert "Вас приглашают" in anya.card.plain
    assert anya.messages[0].plain.count("• № ") == 1
    anya.press("team:revoke.1:3e9::0", anya.messages[0])
    anya.press(data, anya.messages[0])
    assert anya.messages[0].plain.startswith("⚠️ Эта ссылка уже использована или истекла.")
