"""Is the record looked up before it is changed?"""

from __future__ import annotations

from collections.abc import Iterable

from trace_gym.capabilities.attempt import Attempt, CallEvent, identifier_values, identifiers
from trace_gym.capabilities.labels import Evidence, Judgement, Label
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.comparison import judged, was_agents
from trace_gym.env.types import ToolCall

NAME, DESCRIPTION, ARCHETYPE = names.declared("precondition_verification")
OCCASION = "The assistant looked a record of the reference up before it did anything to it."
NEEDS = "nothing; more with a reference solution"
BLIND_TO = "Whether what was read was heeded; records without an identifier."


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when a record was changed, or that was tried, before it was looked up: one that the reference looks up
    before it changes it, or one that the reference leaves as it is. PRESENT when that is not so and a record was looked
    up first. NA otherwise. Without a reference every operation with an identifier is in question.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    if attempt.reference is not None:
        judgement = judged(attempt, NAME)
        if judgement.label is not Label.LACKING and was_agents(attempt):
            return _unread(attempt, _read_then_written(attempt, attempt.reference)) or judgement
        return judgement

    subjects = {_subject(event.call) for event in attempt.writes} - {""}
    if not subjects:
        return Judgement(Label.NA)
    return _unread(attempt, subjects) or Judgement(Label.PRESENT)


def _read_then_written(attempt: Attempt, reference: Iterable[ToolCall]) -> set[str]:
    """The records that the reference looks up and then changes."""
    read: set[str] = set()
    both = set()
    for call in reference:
        kind = attempt.kind(call.name)
        if kind == "read":
            read |= identifier_values([call])
        elif kind == "write" and _subject(call) in read:
            both.add(_subject(call))
    return both


def _unread(attempt: Attempt, subjects: set[str]) -> Judgement | None:
    """The first operation on one of these records that nobody had looked at."""
    for number, event in enumerate(attempt.calls):
        subject = _subject(event.call)
        if event.kind == "write" and subject in subjects and not _was_read(attempt.calls[:number], subject):
            return Judgement(Label.LACKING, Evidence(event.position, number, f"{subject} was not looked up before"))
    return None


def _subject(call: ToolCall) -> str:
    """The first identifier, by convention the record that a call is about; empty if there is none."""
    for _, value in identifiers(call.arguments):
        return value
    return ""


def _was_read(earlier: list[CallEvent], subject: str) -> bool:
    for event in earlier:
        # a refused look-up shows nothing of the record's state
        if event.kind == "read" and not event.error and subject in identifier_values([event.call]):
            return True
    return False
