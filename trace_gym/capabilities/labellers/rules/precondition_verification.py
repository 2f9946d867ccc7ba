"""Is the record looked up before it is changed?"""

from __future__ import annotations

import re
from collections.abc import Iterable

from trace_gym.capabilities.attempt import Attempt, identifier_values, identifiers
from trace_gym.capabilities.labels import Label
from trace_gym.env.types import ToolCall

NAME = "precondition_verification"
DESCRIPTION = "Look a record up and check that its state allows a request before changing it."
ARCHETYPE = "precondition_check"

_CONDITIONAL = re.compile(r"\b(if|unless|in case|provided|as long as|only when)\b", re.IGNORECASE)


def label(attempt: Attempt) -> Label:
    """Labels one attempt.

    The records in question are the identifiers in reads of the reference that are also in a write of the reference or
    of the assistant; all identifiers in its reads when the user's first message is conditional (`if`, `unless`, `in
    case`, `provided`, `as long as`, `only when`). Without a reference they are the first identifiers of the
    assistant's writes. NA when the assistant made no call with any of them. PRESENT when each of them that it called
    something with was read, without a refusal, before any write (refused or not) that names it. LACKING when one was
    not.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    if attempt.reference is None:
        subjects = _first_written(attempt)
    else:
        subjects = _in_question(attempt, attempt.reference)

    if not subjects:
        return Label.NA
    for subject in subjects:
        if not _is_read_first(attempt, subject):
            return Label.LACKING
    return Label.PRESENT


def _first_written(attempt: Attempt) -> set[str]:
    """Returns what every write is about: without a solution to compare with, all of it should have been read."""
    subjects = set()
    for event in attempt.writes:
        for _, value in identifiers(event.call.arguments):
            subjects.add(value)
            break
    return subjects


def _in_question(attempt: Attempt, reference: Iterable[ToolCall]) -> set[str]:
    """Returns the records that had to be looked up first, as far as the assistant called anything with them."""
    subjects = identifier_values(call for call in reference if attempt.kind(call.name) == "read")

    # a condition can end in no write at all, so then the reads alone say what had to be checked
    if not _CONDITIONAL.search(attempt.request):
        written = identifier_values(attempt.reference_writes)
        subjects &= written | identifier_values(event.call for event in attempt.writes)

    return subjects & identifier_values(event.call for event in attempt.calls)


def _is_read_first(attempt: Attempt, subject: str) -> bool:
    for event in attempt.calls:
        if subject not in identifier_values([event.call]):
            continue
        if event.kind == "write":
            return False
        # a refused look-up shows nothing of the record's state
        if event.kind == "read" and not event.error:
            return True
    return False
