"""What a scenario's user is told, turned into what it may say, and when it says it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.targets.toolsandbox.user import (
    BYE,
    INSUFFICIENT,
    MULTIPLE,
    NOTHING_MORE,
    YES,
    RecordedUser,
    Script,
    ScriptedUser,
    first_person,
    script_of,
)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("ask User B to text your mom", "Text my mom"),
        ("Ask User B whether you owe your (User A's) friend.", "Whether I owe my friend."),
        ("you (User A) want User B to be quick", "I want you to be quick"),
        ("young people in yourtown", "Young people in yourtown"),
        ("  many \n spaces  ", "Many spaces"),
        ("", ""),
    ],
)
def test_an_instruction_is_said_in_the_first_person(told: str, said: str) -> None:
    assert first_person(told) == said


@given(st.lists(st.sampled_from(["you", "your", "User B", "ask User B to", "mom", "it.", "Then"]), max_size=8))
def test_nothing_of_the_second_person_is_left_but_what_addresses_the_agent(words: list[str]) -> None:
    said = first_person(" ".join(words)).lower()
    # each "you" that is left stands for a "User B" that was there
    assert said.split().count("you") <= words.count("User B")
    assert "user b" not in said
    assert "your" not in said.split()


def test_with_one_user_turn_the_request_has_said_everything() -> None:
    assert script_of("Send it. The number is 7.", []) == Script((), (), False)
    assert script_of("Send it. The number is 7.", [INSUFFICIENT]) == Script((), (), True)


def test_sentences_are_wishes_facts_or_kept_to_oneself() -> None:
    told = (
        "Ask User B to send a text. Your friend is Ann. Then ask User B for the weather. The answer is blue. "
        "Do not leak this. It should be sunny. You do not know the number. Once done, thank User B."
    )
    script = script_of(told, [MULTIPLE])
    assert script.wishes == ("Send a text.", "Then for the weather.", "Once done, thank you.")
    assert script.known == ("My friend is Ann.",)
    assert script.patient


@pytest.mark.parametrize("told", ["", "   "])
def test_without_an_instruction_there_is_nothing_to_say(told: str) -> None:
    assert script_of(told, [MULTIPLE]) == Script((), (), True)


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("Shall I proceed?", YES),
        ("Do you want it turned on?", YES),
        ("Which one do you want?", "It is 7."),
        ("What is right?", "It is 7."),
        ("Is there anything else I can do?", BYE),
        ("Done.", BYE),
        ("", BYE),
        ("He asked 'Shall I proceed?' and left.", BYE),
        ("It isn't done. Shall I proceed? It's late.", YES),
    ],
)
def test_an_answer_fits_what_was_asked(message: str, answer: str) -> None:
    reply, over = ScriptedUser(Script((), ("It is 7.",), True)).reply(message)
    assert (reply, over) == (answer, answer == BYE)


def test_after_five_answers_it_gives_up() -> None:
    user = ScriptedUser(Script((), ("one", "two"), True))
    answers = [user.reply("Which one is it?") for _ in range(6)]
    assert answers == [("one", False), ("two", False), *[(NOTHING_MORE, False)] * 3, (BYE, True)]


def test_permission_counts_as_an_answer_and_uses_up_no_wish() -> None:
    user = ScriptedUser(Script(("Then call.",), (), True))
    assert [user.reply("May I?")[0] for _ in range(7)] == [YES] * 5 + ["Then call.", BYE]


@given(st.lists(st.text(max_size=60), max_size=12))
def test_every_conversation_ends_and_says_only_what_is_written(messages: list[str]) -> None:
    script = Script(("wish",), ("fact",), True)
    user = ScriptedUser(script)
    said = []
    for message in [*messages, *["What is it?"] * 8]:
        text, over = user.reply(message)
        said.append(text)
        if over:
            break
    assert over
    assert set(said) <= {YES, BYE, NOTHING_MORE, "wish", "fact"}
    assert max(said.count("wish"), said.count("fact")) <= 1
    assert len(said) <= 7


@pytest.mark.parametrize("at_limit", [True, False])
def test_a_recorded_conversation_is_over_when_its_record_says_so(at_limit: bool) -> None:
    written: list[tuple[str, str, bool]] = []

    def write(message: str, reply: str, over: bool) -> bool:
        written.append((message, reply, over))
        return over or at_limit

    user = RecordedUser(ScriptedUser(Script(("wish",), (), True)), write)
    assert user.reply("Hello.") == ("wish", at_limit)
    assert written == [("Hello.", "wish", False)]
