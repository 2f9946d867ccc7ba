"""Terminal views."""

from __future__ import annotations

import contextlib
import io
import itertools
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.console.progress import Progress
from trace_gym.console.table import table


def test_tables_align_the_first_column_left_and_numbers_right() -> None:
    assert table(("name", "n"), [("a", 1), ("long name", 12)]).splitlines() == [
        "name        n",
        "---------  --",
        "a           1",
        "long name  12",
    ]


def test_an_empty_table_is_its_header() -> None:
    assert table(("a", "b"), []).splitlines() == ["a  b", "-  -"]


def test_progress_without_a_terminal_is_a_line_per_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress("work", 100)
    for _ in range(100):
        progress.advance(1, "note")
    progress.close()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 11
    assert lines[-1].split()[:3] == ["work", "100%", "100/100"]
    assert lines[-1].endswith("note")


def test_progress_of_nothing_does_not_divide_by_zero(capsys: pytest.CaptureFixture[str]) -> None:
    Progress("work", 0).advance(0)
    assert "0/0" in capsys.readouterr().err


CELLS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
ROWS = st.lists(st.tuples(CELLS, CELLS, st.integers()), max_size=8)


@given(ROWS, st.sets(st.integers(0, 2)))
def test_the_columns_of_every_table_stand_below_one_another(rows: list[Any], left: set[int]) -> None:
    lines = table(("a", "bb", "c"), rows, left=left).splitlines()
    rules = [match.span() for match in re.finditer("-+", lines[1])]
    assert len(lines) == 2 + len(rows)
    for line, cells in zip([lines[0], *lines[2:]], [("a", "bb", "c"), *rows], strict=True):
        assert [line[start:end].strip() for start, end in rules] == [str(cell) for cell in cells]


@given(ROWS)
def test_a_rule_is_as_wide_as_the_widest_cell_of_its_column(rows: list[Any]) -> None:
    header = ("name", "what", "n")
    rules = table(header, rows).splitlines()[1].split()
    for column, rule in enumerate(rules):
        assert len(rule) == max(len(str(row[column])) for row in [header, *rows])


def test_no_line_of_a_table_ends_in_spaces() -> None:
    shown = table(("a", "b"), [("x", ""), ("long", "y")], left=(0, 1))
    assert [line for line in shown.splitlines() if line != line.rstrip()] == []


@given(st.lists(st.integers(0, 30), min_size=1, max_size=30))
def test_progress_in_any_steps_says_what_is_done_and_ends_with_all(steps: list[int]) -> None:
    with contextlib.redirect_stderr(io.StringIO()) as shown:
        progress = Progress("work", sum(steps))
        for step in steps:
            progress.advance(step)
        progress.close()
    lines = shown.getvalue().splitlines()
    done = [int(line.split()[2].split("/")[0]) for line in lines]
    assert done == sorted(done)
    assert set(done) <= set(itertools.accumulate(steps))
    assert len(lines) <= 11
    assert done[-1] == sum(steps)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_one_line_that_is_written_over_and_then_ended() -> None:
    with contextlib.redirect_stderr(Terminal()) as shown:
        progress = Progress("work", 3)
        progress.advance(1, note="a much longer note")
        progress.advance(1)
        progress.close()
    start, first, second = shown.getvalue().split("\r")
    assert start == ""
    assert "1/3" in first
    # nothing of the longer line is left behind the shorter one
    assert len(second.rstrip("\n")) == len(first)
    assert second.endswith(" \n")
    assert "note" not in second


@pytest.mark.parametrize(
    ("seconds", "done", "left"), [(0, 1, "0:00"), (10, 1, "0:30"), (60, 3, "0:20"), (100, 1, "5:00"), (9, 4, "0:00")]
)
def test_the_time_left_is_that_of_the_rest_at_the_same_speed(
    seconds: float, done: int, left: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = iter([100.0, 100.0 + seconds])
    monkeypatch.setattr("time.monotonic", lambda: next(now))
    Progress("work", 4).advance(done)
    assert f" {left} left" in capsys.readouterr().err
