"""Do values in calls come from what the assistant was told or had read?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt, identifiers, mentions
from trace_gym.capabilities.labels import Evidence, Judgement, Label
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.comparison import judged

NAME, DESCRIPTION, ARCHETYPE = names.declared("argument_grounding")
OCCASION = (
    "The assistant changed something, as the reference does, and invented no identifier on the way; "
    "without a reference, a call names what was not in the user's first message."
)
NEEDS = "nothing; more with a reference solution"
BLIND_TO = "Values that are right by luck; with a reference, what was invented without harm."


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when the reference has a value that the user had named, or that had been read, and the assistant took
    another. PRESENT when that is not so and there was an occasion. NA otherwise. Without a reference, LACKING when an
    identifier of any call, refused ones included, had neither been read nor said.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    if attempt.reference is not None:
        return judged(attempt, NAME)

    had_occasion = False
    for number, event in enumerate(attempt.calls):
        known = attempt.known_before_call(number)
        for _, value in identifiers(event.call.arguments):
            if not mentions(known, value):
                return Judgement(Label.LACKING, Evidence(event.position, number, f"{value} was never read or said"))
            if value not in attempt.request:
                had_occasion = True
    return Judgement(Label.PRESENT if had_occasion else Label.NA)
