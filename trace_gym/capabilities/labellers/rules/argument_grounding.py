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

    LACKING when an identifier of any call, refused ones included, stands in no earlier system, user or tool message.
    PRESENT when all do and at least one is not in the user's first message, so that it had to be asked for or looked
    up. NA otherwise. Arguments that a write of the reference chooses from a list (`structured_selection.choices`) are
    left out.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    # choosing wrongly from a list is structured selection's deficit; counting it twice would blur the contrast
    chosen = {(tool, argument) for tool, argument, _ in choices(attempt)}
    had_occasion = False
    for event in attempt.calls:
        known = attempt.known_before(event.position)
        for argument, value in identifiers(event.call.arguments):
            if (event.call.name, argument) in chosen:
                continue
            if not mentions(known, value):
                return Label.LACKING
            if value not in attempt.request:
                had_occasion = True

    if had_occasion:
        return Label.PRESENT
    return Label.NA
