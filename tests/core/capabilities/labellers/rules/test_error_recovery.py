"""What counts as a recovery."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.capabilities.labellers.rules.error_recovery import label
from trace_gym.capabilities.labels import Label

from ....helpers import Talk


def talk_of(outcomes: str) -> Talk:
    """Calls of tool `a` (lower case) or `b` (upper case), refused where the letter is x or X."""
    talk = Talk("x")
    for letter in outcomes:
        talk.call("a" if letter.islower() else "b", error=letter in "xX")
    return talk


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ("", Label.NA),
        ("oO", Label.NA),
        ("x", Label.LACKING),
        ("xo", Label.PRESENT),
        ("ox", Label.LACKING),
        ("xO", Label.LACKING),
        ("xXo", Label.LACKING),
        ("xXoO", Label.PRESENT),
        ("xxo", Label.PRESENT),
        ("xox", Label.LACKING),
    ],
)
def test_the_same_tool_has_to_succeed_later(outcomes: str, expected: Label) -> None:
    assert label(talk_of(outcomes).attempt()) is expected


@given(st.text("xXoO", max_size=8))
def test_succeeding_with_both_tools_at_the_end_recovers_everything(outcomes: str) -> None:
    expected = Label.NA
    if "x" in outcomes.lower():
        expected = Label.PRESENT

    assert label(talk_of(outcomes + "oO").attempt()) is expected


@given(st.text("xXoO", max_size=8))
def test_a_refusal_at_the_end_is_never_recovered(outcomes: str) -> None:
    assert label(talk_of(outcomes + "x").attempt()) is Label.LACKING


def test_a_parallel_call_was_written_before_the_refusal_could_be_read() -> None:
    talk = talk_of("xo")
    first, second = talk.messages[2], talk.messages.pop(4)
    first["tool_calls"] += second["tool_calls"]

    assert [event.error for event in talk.attempt().calls] == [True, False]
    assert label(talk.attempt()) is Label.LACKING


def test_any_tool_recovers_an_unreadable_call() -> None:
    talk = Talk("x").call("invalid", error=True)

    assert label(talk.attempt()) is Label.LACKING
    assert label(talk.call("invalid", error=True).attempt()) is Label.LACKING
    assert label(talk.call("get_order").attempt()) is Label.PRESENT


def test_what_the_assistant_says_does_not_matter() -> None:
    assert label(talk_of("x").say("Sorry.", "Try again.").call("a").say("Done.").attempt()) is Label.PRESENT
