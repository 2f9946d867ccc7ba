"""Is the user told what was found?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt, mentions, normal
from trace_gym.capabilities.labels import Label

NAME = "result_reporting"
DESCRIPTION = "Tell the user the values they asked for once they have been looked up."
ARCHETYPE = "result_reporting"


def label(attempt: Attempt) -> Label:
    """Labels one attempt.

    The occasion: something had to be communicated and a successful call returned it. PRESENT when it was stated.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    results = normal(" ".join(event.result for event in attempt.calls if not event.error))
    looked_up = [fact for fact in attempt.facts if mentions(results, fact.value)]
    if not looked_up:
        return Label.NA

    subjects = {fact.about for fact in attempt.facts if fact.about}
    if all(fact.stated_in(attempt.stated, subjects) for fact in looked_up):
        return Label.PRESENT
    return Label.LACKING
