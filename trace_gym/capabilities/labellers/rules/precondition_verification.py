"""Is the record looked up before it is changed?"""

from __future__ import annotations

import re

from trace_gym.capabilities.attempt import Attempt, identifiers
from trace_gym.capabilities.labels import Label

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
    read = {
        v for call in attempt.reference if attempt.kind(call.name) == "read" for _, v in identifiers(call.arguments)
    }
    changed = {v for call in attempt.reference_writes for _, v in identifiers(call.arguments)}
    changed |= {v for event in attempt.writes for _, v in identifiers(event.call.arguments)}

    subjects = read if _CONDITIONAL.search(attempt.request) else read & changed
    touched = {v for event in attempt.calls for _, v in identifiers(event.call.arguments)}
    if not subjects & touched:
        return Label.NA
    return Label.PRESENT if all(_read_first(attempt, subject) for subject in subjects & touched) else Label.LACKING


def _read_first(attempt: Attempt, subject: str) -> bool:
    for event in attempt.calls:
        if any(value == subject for _, value in identifiers(event.call.arguments)):
            if event.kind == "write":
                return False
            if event.kind == "read" and not event.error:
                return True
    return False


def _without_reference(attempt: Attempt) -> Label:
    """Without a solution to compare with, every changed record should have been read."""
    subjects = {v for event in attempt.writes for _, v in list(identifiers(event.call.arguments))[:1]}
    if not subjects:
        return Label.NA
    return Label.PRESENT if all(_read_first(attempt, subject) for subject in subjects) else Label.LACKING
