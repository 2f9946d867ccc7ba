"""Is the user told what was found?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt, mentions, normal
from trace_gym.capabilities.labels import Label

NAME = "result_reporting"
DESCRIPTION = "Tell the user the values they asked for once they have been looked up."
ARCHETYPE = "result_reporting"


def label(attempt: Attempt) -> Label:
    """Labels one attempt.

    NA when none of the task's facts stands, as whole words, in the result of a call that was not refused. PRESENT
    when all that do are stated in the assistant's messages to the user, questions left out and by the rules of
    `Fact.stated_in`. LACKING when one is not.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    results = normal(" ".join(event.result for event in attempt.calls if not event.error))
    # a fact that was never looked up is a deficit of looking up, not of reporting
    looked_up = [fact for fact in attempt.facts if mentions(results, fact.value)]
    if not looked_up:
        return Label.NA

    subjects = {fact.about for fact in attempt.facts if fact.about}
    for fact in looked_up:
        if not fact.stated_in(attempt.stated, subjects):
            return Label.LACKING
    return Label.PRESENT
