"""A message whose answer nobody heard is looked for where it would be, and sent only where it is not."""

import pytest

from chat.delivery.dispatcher import Postponed
from chat.delivery.effects import Effects
from chat.delivery.errors import TransportError
from chat.delivery.once import PROBES, SEARCH_MAY_TAKE_S, SentOnce
from storage.database import Database
from storage.journal import Journal
from tests.chat.delivery.lossy_telegram import ANNA, URL, Killed, Limited, Telegram, handle, process, send


def test_killed_before_the_answer_came_the_message_that_arrived_is_found(
    telegram: Telegram, once: SentOnce, database: Database
) -> None:
    update = telegram.hears()
    telegram.fails_after = Killed()
    with pytest.raises(Killed):
        handle(once, update, "card")
    telegram.hears(count=3)

    again = process(telegram, database)

    assert handle(again, update, "card") == [2]
    assert telegram.says() == ["card"]
    assert again.found == 1


def test_a_message_is_found_behind_many_that_came_in_before_it_and_were_not_handled_yet(
    telegram: Telegram, once: SentOnce, database: Database
) -> None:
    update = telegram.hears()
    for other in [telegram.hears() for _ in range(2 * PROBES)]:
        once.came(other)
    telegram.fails_after = Killed()
    with pytest.raises(Killed):
        handle(once, update, "card")

    again = process(telegram, database)

    assert len(handle(again, update, "card")) == 1
    assert telegram.says() == ["card"]
    assert again.found == 1


def test_a_message_that_was_looked_for_in_vain_is_not_looked_for_again_while_it_waits(
    telegram: Telegram, database: Database
) -> None:
    update = telegram.hears()
    telegram.fails_before = Killed()
    with pytest.raises(Killed):
        handle(process(telegram, database), update, "card")
    limited = Limited(telegram)
    limited.full = True
    once = process(telegram, database, limited)
    for _ in range(3):
        with pytest.raises(Postponed):
            handle(once, update, "card")
    limited.full = False

    handle(once, update, "card")

    assert telegram.calls[1:] == ["editMessageText"] * PROBES + ["sendMessage"]
    assert telegram.says() == ["card"]


def test_a_message_sent_again_is_found_behind_the_numbers_of_now(telegram: Telegram, database: Database) -> None:
    """Its first answer was lost and it was not there; the second is lost, too, many messages later."""
    update = telegram.hears()
    telegram.fails_before = Killed()
    with pytest.raises(Killed):
        handle(process(telegram, database), update, "card")
    once = process(telegram, database)
    for other in [telegram.hears() for _ in range(2 * PROBES)]:
        once.came(other)
    telegram.fails_after = Killed()
    with pytest.raises(Killed):
        handle(once, update, "card")

    again = process(telegram, database)
    handle(again, update, "card")

    assert telegram.says() == ["card"]
    assert again.found == 1


def test_killed_before_it_arrived_the_message_is_sent(telegram: Telegram, once: SentOnce, database: Database) -> None:
    update = telegram.hears()
    telegram.fails_before = Killed()
    with pytest.raises(Killed):
        handle(once, update, "card")

    again = process(telegram, database)
    handle(again, update, "card")

    assert telegram.says() == ["card"]
    assert telegram.calls[1:] == ["editMessageText"] * PROBES + ["sendMessage"]
    assert again.in_doubt == 1


def test_looking_for_a_message_touches_no_other(telegram: Telegram, once: SentOnce, database: Database) -> None:
    update = telegram.hears()
    telegram.fails_before = Killed()
    with pytest.raises(Killed):
        handle(once, update, "card")
    send(once, "notice")
    telegram.hears()

    handle(process(telegram, database), update, "card")

    assert telegram.says() == ["notice", "card"]


def test_after_a_restart_the_search_begins_behind_the_newest_message_known(
    telegram: Telegram, once: SentOnce, database: Database
) -> None:
    telegram.hears(count=30)
    send(once, "card")
    pressed = {"callback_query": {"message": {"message_id": 3, "chat": {"id": ANNA}}}}
    telegram.fails_after = Killed()
    with pytest.raises(Killed):
        handle(process(telegram, database), pressed, "client's card")

    assert handle(process(telegram, database), pressed, "client's card") == [32]
    assert telegram.says() == ["card", "client's card"]


def test_where_nothing_is_known_of_a_chat_nothing_is_looked_for(telegram: Telegram, database: Database) -> None:
    pressed = {"callback_query": {"message": {"message_id": 3, "chat": {"id": ANNA}}}}
    telegram.fails_before = Killed()
    with pytest.raises(Killed):
        handle(process(telegram, database), pressed, "card")

    handle(process(telegram, database), pressed, "card")

    assert telegram.calls == ["sendMessage"] * 2


def test_a_keyboard_that_no_edit_takes_is_not_looked_for(
    telegram: Telegram, once: SentOnce, database: Database
) -> None:
    telegram.fails_before = Killed()
    update = telegram.hears()
    for each in (once, process(telegram, database)):
        with each.handling(7, update):
            if telegram.fails_before:
                with pytest.raises(Killed):
                    send(each, reply_markup='{"force_reply": true}')
            else:
                send(each, reply_markup='{"force_reply": true}')

    assert telegram.calls == ["sendMessage"] * 2


def test_the_answer_of_a_message_in_doubt_may_be_lost_again(
    telegram: Telegram, once: SentOnce, database: Database
) -> None:
    update = telegram.hears()
    for _ in range(3):
        telegram.fails_after = TransportError("sendMessage", "ReadTimeout")
        with pytest.raises(TransportError):
            handle(once, update, "card")
        telegram.chat.popitem()  # it had not arrived

    handle(process(telegram, database), update, "card")

    assert telegram.says() == ["card"]


@pytest.mark.parametrize("code", [403, 429])
def test_a_refused_message_was_surely_not_sent(telegram: Telegram, once: SentOnce, code: int) -> None:
    update = telegram.hears()
    telegram.refuses = code
    with once.handling(7, update):
        assert once("post", URL + "sendMessage", params={"chat_id": ANNA, "text": "card"}).error_code == code
    telegram.refuses = None

    handle(once, update, "card")

    assert telegram.calls == ["sendMessage"] * 2


def test_a_message_that_never_left_was_surely_not_sent(telegram: Telegram, once: SentOnce) -> None:
    update = telegram.hears()
    telegram.fails_before = TransportError("sendMessage", "ConnectionRefusedError", unsent=True)
    with pytest.raises(TransportError):
        handle(once, update, "card")

    handle(once, update, "card")

    assert telegram.calls == ["sendMessage"] * 2


def test_a_server_error_leaves_it_in_doubt(telegram: Telegram, once: SentOnce) -> None:
    update = telegram.hears()
    telegram.refuses = 502
    with once.handling(7, update):
        once("post", URL + "sendMessage", params={"chat_id": ANNA, "text": "card"})
    telegram.refuses = None

    handle(once, update, "card")

    assert telegram.calls[1] == "editMessageText"


def test_a_search_by_slow_calls_ends_before_its_handler_looks_hung(telegram: Telegram, database: Database) -> None:
    update, takes_s = telegram.hears(), 4.0
    telegram.fails_before = Killed()
    with pytest.raises(Killed):
        handle(process(telegram, database), update, "card")
    clock = iter([number * takes_s for number in range(PROBES + 1)])

    handle(SentOnce(telegram, Journal(database), Effects(), clock=lambda: next(clock)), update, "card")

    assert telegram.calls[1:] == ["editMessageText"] * int(SEARCH_MAY_TAKE_S / takes_s + 1) + ["sendMessage"]
    assert telegram.says() == ["card"]


def test_a_search_that_meets_another_trouble_ends(telegram: Telegram, once: SentOnce) -> None:
    update = telegram.hears()
    telegram.fails_after = Killed()
    with pytest.raises(Killed):
        handle(once, update, "card")
    telegram.refuses = 403

    with once.handling(7, update):
        once("post", URL + "sendMessage", params={"chat_id": ANNA, "text": "card"})

    assert telegram.calls == ["sendMessage", "editMessageText", "sendMessage"]
