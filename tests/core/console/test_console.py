"""Terminal views."""

from __future__ import annotations

import pytest

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
