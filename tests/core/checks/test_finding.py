"""What a check reports."""

from __future__ import annotations

import pytest

from trace_gym.checks import Finding
from trace_gym.checks.finding import first_line


def test_a_finding_is_an_error_unless_it_says_otherwise() -> None:
    assert Finding("leak", "Too much.").to_json() == {"check": "leak", "severity": "error", "sentence": "Too much."}
    assert Finding("leak", "Too much.", "warning").to_json()["severity"] == "warning"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("no seed.\nTraceback"), "no seed"),
        (ValueError("  padded  "), "padded"),
        (ValueError(), "ValueError"),
        (KeyError("a"), "'a'"),
    ],
)
def test_an_error_is_condensed_to_its_first_line(error: Exception, line: str) -> None:
    assert first_line(error) == line
