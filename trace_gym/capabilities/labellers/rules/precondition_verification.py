"""Is the record looked up before it is changed?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt, CallEvent, identifier_values, identifiers
from trace_gym.capabilities.labels import Evidence, Judgement, Label
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.comparison import judged

NAME, DESCRIPTION, ARCHETYPE = names.declared("precondition_verification")
OCCASION = "The assistant looked a record of the reference up before it did anything to it."
NEEDS = "nothing; more with a reference solution"
BLIND_TO = "Whether what was read was heeded; look-ups that were left out without harm, which are NA."


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when an operation that the reference does not make, or makes otherwise, was made on a record that had
    not been looked up. PRESENT when that is not so and a record was looked up first. NA otherwise. Without a reference
    every operation with an identifier is in question: LACKING when a record that is written was not read before.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    if attempt.reference is not None:
        return judged(attempt, NAME)

    had_occasion = False
    for number, event in enumerate(attempt.calls):
        subject = _subject(event)
        if event.kind != "write" or event.error or not subject:
            continue
        had_occasion = True
        if not _was_read(attempt.calls[:number], subject):
            return Judgement(Label.LACKING, Evidence(event.position, number, f"{subject} was not looked up before"))
    return Judgement(Label.PRESENT if had_occasion else Label.NA)


def _subject(event: CallEvent) -> str:
    """The first identifier, by convention the record that a call is about; empty if there is none."""
    for _, value in identifiers(event.call.arguments):
        return value
    return ""


def _was_read(earlier: list[CallEvent], subject: str) -> bool:
    for event in earlier:
        # a refused look-up shows nothing of the record's state
        if event.kind == "read" and not event.error and subject in identifier_values([event.call]):
            return True
    return False
