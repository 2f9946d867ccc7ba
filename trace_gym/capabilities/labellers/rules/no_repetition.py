"""Is done once what is to be done once?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labels import Evidence, Judgement, Label
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.by_reference import operation
from trace_gym.capabilities.repair.comparison import judged

NAME, DESCRIPTION, ARCHETYPE = names.declared("no_repetition")
OCCASION = "The assistant changed something, and so does the reference."
NEEDS = "nothing; more with a reference solution"
BLIND_TO = "Operations that may be made twice, where there is no reference."


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when an operation was made again, and more often than in the reference. PRESENT when that is not so and
    there was an operation. NA otherwise. Without a reference, LACKING when an operation was made twice.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    if attempt.reference is not None:
        return judged(attempt, NAME)

    made = set()
    for number, event in enumerate(attempt.calls):
        if event.kind != "write" or event.error:
            continue
        own = operation(event.call)
        if own in made:
            return Judgement(Label.LACKING, Evidence(event.position, number, f"{event.call.name} was made twice"))
        made.add(own)
    return Judgement(Label.PRESENT if made else Label.NA)
