"""What a check reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from trace_gym.checks.subject import Subject


@dataclass(frozen=True)
class Finding:
    """One fault, or one doubt."""

    check: str
    """The check's name."""
    sentence: str
    """The value seen, what was expected, and what to do."""
    severity: Literal["error", "warning", "waived"] = "error"
    """Errors fail the environment; warnings do not, nor does what the environment's `waivers` give a reason for."""

    def to_json(self) -> dict[str, Any]:
        """Returns the finding as JSON."""
        return {"check": self.check, "severity": self.severity, "sentence": self.sentence}


Check = Callable[[Subject], Iterator[Finding]]
"""Looks at a subject from one side. What it raises is reported as a finding, too."""
