"""Text of others' files on a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.console.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ä, 日本, 🙂", "plain, ä, 日本, 🙂"),
        ("two\nlines", "two\nlines"),
        ("dos\r\nlines", "dos\nlines"),
        ("over\rwritten", r"over\rwritten"),
        ("a\tb", "a    b"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("bell\x07", r"bell\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("next\u2028line", r"next\u2028line"),
        ("left\u202eright", r"left\u202eright"),
        ("half \ud83d", r"half \ud83d"),
    ],
)
def test_what_steers_a_terminal_becomes_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters(codec=None)))
def test_any_text_can_be_written_and_steers_nothing(text: str) -> None:
    shown = printable(text)
    shown.encode("utf-8")
    assert all(character == "\n" or ord(character) >= 0x20 for character in shown)
    assert "\x7f" not in shown


@given(st.text())
def test_making_a_text_printable_twice_changes_nothing_more(text: str) -> None:
    assert printable(printable(text)) == printable(text)
