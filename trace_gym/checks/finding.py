"""What a check reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from trace_gym.checks.subject import Subject


@dataclass(frozen=True)
class Finding:
    """One fault, or one doubt.

    Example:
        >>> Finding("gymnasium.info", "info['note'] is None; leave the key out instead.").severity
        'error'
    """

    check: str
    """Name of the check, or a more specific name below it, such as `adversary.silent` of `adversary`."""
    sentence: str
    """The value seen, what was expected, and what to do."""
    severity: Literal["error", "warning", "waived"] = "error"
    """Errors fail the environment. Warnings do not, nor do findings that the environment's `waivers` excuse."""

    def to_json(self) -> dict[str, Any]:
        """Returns the finding as JSON."""
        return {"check": self.check, "severity": self.severity, "sentence": self.sentence}


Check = Callable[[Subject], Iterator[Finding]]
"""Takes the environment under test, and yields what it has against one aspect of it.

An exception it raises is reported as a finding as well.
"""


def first_line(error: BaseException) -> str:
    r"""Returns the first line of an error's message, or its type where there is no message.

    A finding is one sentence, and messages of Gymnasium and pytest run over many lines.

    Args:
        error: What was raised.

    Example:
        >>> first_line(ValueError("The seed is negative.\nUse 0 or more."))
        'The seed is negative'
    """
    message = str(error).strip() or type(error).__name__
    return message.splitlines()[0].rstrip(".")
