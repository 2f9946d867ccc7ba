"""The scripted user's rules."""

from __future__ import annotations

import pytest

from trace_gym import Answer
from trace_gym.env.user import GOODBYE, NOTHING_MORE, YES, ScriptedUser

ANSWERS = (Answer(("order", "number"), "It is W1."), Answer(("mail",), "mia@mail.com"))


@pytest.mark.parametrize("message", ["Done.", "", "Which order is it.", "I have cancelled it!"])
def test_a_message_without_a_question_ends_the_conversation(message: str) -> None:
    assert ScriptedUser(ANSWERS).reply(message) == (GOODBYE, True)


@pytest.mark.parametrize("message", ["Which ORDER is it?", "Could you tell me the number, please?"])
def test_a_question_gets_the_answer_it_touches(message: str) -> None:
    assert ScriptedUser(ANSWERS).reply(message) == ("It is W1.", False)


def test_an_answer_is_given_once_in_order() -> None:
    user = ScriptedUser(ANSWERS)
    replies = [user.reply("Your order and your mail?") for _ in range(3)]
    assert replies == [("It is W1.", False), ("mia@mail.com", False), (NOTHING_MORE, False)]


@pytest.mark.parametrize("message", ["Do you want me to proceed?", "Shall I cancel it?", "Can you confirm?"])
def test_a_request_to_confirm_gets_a_yes(message: str) -> None:
    assert ScriptedUser(()).reply(message) == (YES, False)


def test_an_offer_of_further_help_ends_the_conversation() -> None:
    assert ScriptedUser(()).reply("Can I help you with anything else?") == (GOODBYE, True)


def test_an_unfitting_question_gets_nothing_and_goes_on() -> None:
    assert ScriptedUser(ANSWERS).reply("What is your favourite colour?") == (NOTHING_MORE, False)


def test_an_unrevealed_answer_goes_before_the_goodbye() -> None:
    reply, over = ScriptedUser(ANSWERS).reply("Which order, and is there anything else?")
    assert (reply, over) == ("It is W1.", False)


def test_customers_share_nothing() -> None:
    ScriptedUser(ANSWERS).reply("Which order?")
    assert ScriptedUser(ANSWERS).reply("Which order?") == ("It is W1.", False)
