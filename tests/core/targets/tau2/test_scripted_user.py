"""The scripted customer: how instructions are read, what a sentence wants, and that every conversation ends."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym import ToolCall
from trace_gym.targets.tau2.handset import Handset
from trace_gym.targets.tau2.persona import Persona, first_person, persona_of, sentences
from trace_gym.targets.tau2.users import STOP, TRANSFER, Nobody, ScriptedTau2User, _calls
from trace_gym.targets.tau2.wording import mood, negated, switched
from trace_gym.targets.tau2.world import communicated

SWITCHES = {
    "toggle_wifi": ("wi-fi", "wifi_enabled"),
    "toggle_airplane_mode": ("airplane mode", "airplane_mode"),
    "toggle_roaming": ("data roaming", "roaming_enabled"),
    "toggle_data": ("mobile data", "data_enabled"),
    "toggle_data_saver_mode": ("data saver", "data_saver_mode"),
    "toggle_wifi_calling": ("wi-fi calling", "wifi_calling_enabled"),
}
OTHERS = ("reboot_device", "check_status_bar", "check_network_status", "grant_app_permission", "check_app_permissions")
WORDS = "you your yours yourself you're You're Your to for. and it! \n ok? Ann you've are were"


class Phone:
    """A world whose phone does nothing but note what is used."""

    def __init__(self, *, is_on: bool = False) -> None:
        device = SimpleNamespace(**{attribute: is_on for _, attribute in SWITCHES.values()})
        self.env = SimpleNamespace(user_tools=SimpleNamespace(tools=[*SWITCHES, *OTHERS], device=device))
        self.used: list[ToolCall] = []

    def user_call(self, call: ToolCall) -> tuple[str, bool]:
        self.used.append(call)
        return f"<{call.name}>", False


def used(message: str, *, is_on: bool = False) -> list[ToolCall]:
    phone = Phone(is_on=is_on)
    Handset(phone).follow(message)  # type: ignore[arg-type]
    return phone.used


def customer(persona: Persona) -> ScriptedTau2User:
    without_phone: Any = SimpleNamespace(env=SimpleNamespace(user_tools=None))
    return ScriptedTau2User(persona, without_phone)


@given(st.lists(st.sampled_from(WORDS.split(" ")), max_size=10))
def test_no_second_person_is_left_in_what_a_customer_says(words: list[str]) -> None:
    said = first_person(" ".join(words))
    letters = "".join(c if c.isalpha() or c == "'" else " " for c in said.lower()).split()
    assert {"you", "your", "yours", "yourself", "you're", "you've"}.isdisjoint(letters)
    assert said == " ".join(said.split())


@given(st.text(alphabet="abC .!?\n\"'", max_size=60))
def test_parting_a_text_loses_no_word(text: str) -> None:
    parted = " ".join(sentences(text))
    assert parted.lower().split() == text.lower().split()


def test_free_text_is_the_whole_request_and_the_rest_may_be_missing() -> None:
    persona = persona_of(SimpleNamespace(instructions="You lost your bag."))
    assert persona == Persona("I lost my bag.", (), (), ())
    told = SimpleNamespace(
        reason_for_call="You want a refund.",
        known_info=None,
        task_instructions="Be brief.\nYou are sad.",
        unknown_info="",
    )
    assert persona_of(SimpleNamespace(instructions=told)) == Persona(
        "I want a refund.", (), ("Be brief.", "I am sad."), ()
    )


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("is_on", [True, False], ids=["on", "off"])
def test_a_switch_is_used_only_where_it_stands_otherwise(name: str, is_on: bool) -> None:
    words, _ = SWITCHES[name]
    for wanted in (True, False):
        direction = "on" if wanted else "off"
        expected = [] if wanted == is_on else [ToolCall(name, {})]
        assert used(f"Please turn {words} {direction}.", is_on=is_on) == expected
        assert used(f"Could you switch {direction} {words}?", is_on=is_on) == expected
        assert used(f"Do not turn {words} {direction}.", is_on=is_on) == []


@pytest.mark.parametrize("name", SWITCHES)
def test_a_named_switch_is_used_however_it_stands(name: str) -> None:
    for is_on in (True, False):
        assert used(f"Now run {name}().", is_on=is_on) == [ToolCall(name, {})]
        assert used(f"Please never use {name}.", is_on=is_on) == []


@pytest.mark.parametrize(
    ("written", "arguments"),
    [
        ('app_name="messaging", permission="sms"', {"app_name": "messaging", "permission": "sms"}),
        ("app_name='my app', permission: storage", {"app_name": "my app", "permission": "storage"}),
        ("level=3, share = 0.5, on=true, off=null", {"level": 3, "share": 0.5, "on": True, "off": None}),
        ('level="3"', {"level": "3"}),
        ("", {}),
        ("messaging, sms", {}),
    ],
)
def test_arguments_are_read_as_they_are_written(written: str, arguments: dict[str, Any]) -> None:
    assert used(f"Use grant_app_permission({written}).") == [ToolCall("grant_app_permission", arguments)]


def test_one_switch_is_used_once_however_often_it_is_mentioned() -> None:
    assert used("Turn wi-fi on. Please turn on wi-fi! Make sure wi-fi is on.") == [ToolCall("toggle_wifi", {})]


@pytest.mark.parametrize("message", ["turn on wi-fi " * 3000, "_a" * 20_000, "(" * 30_000, "please " * 9000 + "?"])
def test_a_long_message_is_read_at_once(message: str) -> None:
    assert len(used(message)) <= 1


MOODS = {
    "order": "restart your phone. | please restart it. | you should restart it. | if it is off, turn it on.",
    "question": "is it on? | did you restart it? | could you avoid roaming?",
    "statement": "i will restart it. | if it is off, i turn it on. | never turn it off. | thank you. | ",
}


@pytest.mark.parametrize("wanted", MOODS)
def test_what_a_sentence_wants(wanted: str) -> None:
    sentences_of_mood = MOODS[wanted].split(" | ")
    assert {sentence: mood(sentence) for sentence in sentences_of_mood} == dict.fromkeys(sentences_of_mood, wanted)


@pytest.mark.parametrize("sentence", ["turn off it, then on", "ensure it is off", "deactivate it", "keep it off"])
def test_off_is_heard(sentence: str) -> None:
    assert switched(sentence) is False


def test_a_negation_reaches_to_the_end_of_its_sentence() -> None:
    assert all(map(negated, ("never use ", "without ", "no need for ", "Use it. But don't ")))
    assert not any(map(negated, ("Don't. Use ", "not\n", "", "Nothing " + "x" * 70)))


@given(st.lists(st.text(max_size=40), max_size=8), st.integers(0, 3), st.integers(0, 3))
def test_every_customer_leaves_and_says_everything_at_most_once(messages: list[str], facts: int, wishes: int) -> None:
    persona = Persona("r", tuple(f"F{n}." for n in range(facts)), tuple(f"W{n}." for n in range(wishes)), ("U.",))
    user = customer(persona)
    said: list[str] = []
    for message in [*messages, *["Anything else?"] * (facts + wishes + 2)]:
        text, over = user.reply(message)
        said += text.split()
        if over:
            break
    assert over
    assert text == STOP
    for sentence in (*persona.known, *persona.wishes, *persona.unknown):
        assert said.count(sentence) <= 1


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ("Have a wonderful flight!", STOP),
        ("Good bye", STOP),
        ("Goodbyes are hard", "My id is 7."),
        ("You are being transferred to a human. What is your name?", TRANSFER),
        ("Goodbye, you are being transferred to human agents", TRANSFER),
    ],
)
def test_farewells_and_transfers_come_before_any_question(message: str, word: str) -> None:
    reply, over = customer(Persona("r", ("My id is 7.",), (), ())).reply(message)
    assert (reply, over) == (word, word != "My id is 7.")


def test_nobody_never_leaves() -> None:
    answers = {Nobody().reply(message) for message in ("", "Goodbye", "YOU ARE BEING TRANSFERRED TO A HUMAN")}
    assert [over for _, over in answers] == [False]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (None, []),
        ([{"id": 3, "function": {"name": "a", "arguments": '{"x": 1}'}}], [("3", ToolCall("a", {"x": 1}))]),
        ([{"function": {"name": "a", "arguments": {"x": 1}}}], [("", ToolCall("a", {"x": 1}))]),
        ([{"id": "1", "function": {"name": "a", "arguments": "no JSON"}}], [("1", ToolCall("a", {}))]),
        ([{"id": "1", "function": {"name": "a", "arguments": "[1]"}}], [("1", ToolCall("a", {}))]),
        ([None, {"id": "1", "function": {"name": 3}}], []),
    ],
)
def test_native_calls_of_a_model_are_read_whatever_they_hold(rows: Any, found: list[Any]) -> None:
    assert _calls(rows) == found


@pytest.mark.parametrize(
    ("said", "wanted", "score"),
    [
        ([], [], 1.0),
        (["It is $1,628."], ["1628", "IT IS"], 1.0),
        (["It is 1628."], ["1,628"], 0.0),
        (["16", "28"], ["1628"], 0.0),
        (["  "], [" "], 0.0),
        (["Café"], ["CAFÉ"], 1.0),
    ],
)
def test_what_had_to_be_said_is_found_as_the_benchmark_finds_it(
    said: list[str], wanted: list[str], score: float
) -> None:
    assert communicated(said, wanted) == score
