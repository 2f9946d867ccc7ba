"""Is the record looked up before it is changed?"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from trace_gym.capabilities.attempt import Attempt, call_identifiers
from trace_gym.capabilities.labels import Label
from trace_gym.env.types import ToolCall

NAME = "precondition_verification"
DESCRIPTION = "Look a record up and check that its state allows a request before changing it."
ARCHETYPE = "precondition_check"

_CONDITIONAL = re.compile(r"\b(if|unless|in case|provided|as long as|only when)\b", re.IGNORECASE)


def label(attempt: Attempt) -> Label:
    """Labels one attempt.

    The occasion: the reference reads a record that the reference or the assistant changes, or that the user's
    request is conditional on. PRESENT when every such record was read, successfully, before any change of it.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    if attempt.reference is None:
        return _without_reference(attempt)

    read = _named(call for call in attempt.reference if attempt.kind(call.name) == "read")
    changed = _named(attempt.reference_writes) | _named(event.call for event in attempt.writes)

    # "cancel it if it has not shipped": there may be nothing to change, but always something to check
    subjects = read
    if not _CONDITIONAL.search(attempt.request):
        subjects = read & changed

    return _judge(attempt, subjects & _named(event.call for event in attempt.calls))


def _named(calls: Iterable[ToolCall]) -> set[str]:
    """The identifiers that some calls name."""
    return set(itertools.chain.from_iterable(map(call_identifiers, calls)))


def _judge(attempt: Attempt, subjects: set[str]) -> Label:
    if not subjects:
        return Label.NA
    if all(_read_first(attempt, subject) for subject in subjects):
        return Label.PRESENT
    return Label.LACKING


def _read_first(attempt: Attempt, subject: str) -> bool:
    for event in attempt.calls:
        if subject not in call_identifiers(event.call):
            continue
        if event.kind == "write":
            return False
        if event.kind == "read" and not event.error:
            return True
    return False


def _without_reference(attempt: Attempt) -> Label:
    """Without a solution to compare with, every changed record should have been read."""
    subjects = set()
    for event in attempt.writes:
        subjects |= set(call_identifiers(event.call)[:1])
    return _judge(attempt, subjects)
