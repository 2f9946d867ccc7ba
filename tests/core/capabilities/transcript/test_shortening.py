"""Transcripts that are too long: what gives way, in which order, and how it is said."""

from __future__ import annotations

from typing import Any

import pytest

from trace_gym.capabilities.transcript.transcript import Transcript

from ...helpers import Talk


def reader(turns: int, size: int) -> list[dict[str, Any]]:
    """Somebody who reads one long page after the other."""
    talk = Talk("Read it all.")
    for number in range(turns):
        talk.call("read", f"<{number}>" + "a" * size + f"</{number}>", page=number)
    return talk.say("I have read it.").messages


def test_what_fits_is_left_as_it_is() -> None:
    messages = reader(3, 1000)
    whole = Transcript.of(messages, 10**6)
    exact = Transcript.of(messages, len(whole.text) + 1)

    assert exact == whole
    assert not whole.is_shortened
    assert whole.numbers == frozenset(range(9))


def test_results_in_the_middle_give_way_first() -> None:
    messages = reader(6, 1000)
    limit = len(Transcript.of(messages, 10**6).text) - 300
    short = Transcript.of(messages, limit)

    assert short.is_shortened
    assert len(short.text) <= limit
    assert [f"<{number}>{'a' * 1000}" in short.text for number in range(6)] == [True, True, False, True, True, True]
    assert "[... 607 characters are left out here ...]" in short.text
    # the ends of a result stay
    assert "<2>" in short.text
    assert "</2>" in short.text


def test_what_was_said_gives_way_after_the_results() -> None:
    talk = Talk("b" * 3000).call("read", "a" * 3000).say("c" * 3000)
    some = Transcript.of(talk.messages, 7500).text
    more = Transcript.of(talk.messages, 2500).text

    assert ("b" * 3000 in some, "c" * 3000 in some, "a" * 3000 in some) == (True, True, False)
    assert ("b" * 3000 in more, "c" * 3000 in more) == (False, False)


def test_long_arguments_give_way_too() -> None:
    talk = Talk("Write.").call("write", text="d" * 9000).say("Written.")

    assert len(Transcript.of(talk.messages, 2000).text) <= 2000


@pytest.mark.parametrize("limit", [2000, 2001, 3000, 10_000])
def test_at_last_messages_are_left_out_from_the_middle_on(limit: int) -> None:
    messages = reader(300, 10)
    short = Transcript.of(messages, limit)

    assert len(short.text) <= limit
    assert {0, 1, len(messages) - 1} <= short.numbers
    left_out = sorted(set(range(len(messages))) - short.numbers)
    assert left_out == list(range(left_out[0], left_out[-1] + 1))
    assert f"[... messages {left_out[0]} to {left_out[-1]} are left out here ...]" in short.text
    # as many stay before the gap as behind it, but for one
    assert abs(left_out[0] - (len(messages) - 1 - left_out[-1])) <= 2


def test_a_message_that_is_left_out_is_no_evidence() -> None:
    assert 300 not in Transcript.of(reader(300, 10), 3000).numbers


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_messages_are_no_trouble(count: int) -> None:
    messages = [{"role": "user", "content": "x" * 5000}] * count
    short = Transcript.of(messages, 100)

    assert short.numbers == frozenset(range(count))
    assert short.is_shortened == (count > 0)


def test_messages_keep_their_numbers() -> None:
    talk = Talk("Hi").call("look").say("Done.")

    heads = [line for line in Transcript.of(talk.messages, 1000).text.splitlines() if line.startswith("[")]
    assert heads == ["[0] system", "[1] user", "[2] assistant", "[3] tool", "[4] assistant"]
