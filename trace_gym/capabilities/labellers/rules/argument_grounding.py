"""Do identifiers in calls come from what the assistant was told or looked up?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt, identifiers, mentions
from trace_gym.capabilities.labellers.rules.structured_selection import choices
from trace_gym.capabilities.labels import Label

NAME = "argument_grounding"
DESCRIPTION = "Take identifiers from earlier look-ups instead of inventing or mixing them up."
ARCHETYPE = "argument_grounding"


def label(attempt: Attempt) -> Label:
    """Labels one attempt.

    The occasion: a call has an identifier that the user's first message does not give. PRESENT when every
    identifier of every call stands in an earlier message, LACKING when one stands nowhere. A value to be chosen from a
    list is structured selection's concern and is left out.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    occasion = False
    chosen = {(tool, argument) for tool, argument, _ in choices(attempt)}
    for event in attempt.calls:
        known = attempt.known_before(event.position)
        for name, value in identifiers(event.call.arguments):
            if (event.call.name, name) in chosen:
                continue
            if not mentions(known, value):
                return Label.LACKING
            occasion = occasion or value not in attempt.request

    if occasion:
        return Label.PRESENT
    return Label.NA
