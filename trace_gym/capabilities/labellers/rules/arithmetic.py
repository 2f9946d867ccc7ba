"""Are sums, differences, counts and extremes worked out?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labels import Judgement
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.comparison import NEEDS_REFERENCE, judged

NAME, DESCRIPTION, ARCHETYPE = names.declared("arithmetic")
OCCASION = "The assistant set a right sum of money, or the extreme of a list, that nobody had named."
NEEDS = NEEDS_REFERENCE
BLIND_TO = "Numbers that come right by luck."


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when a number is wrong that stands in no result, or not the extreme one of a list was taken. PRESENT
    when that is not so and there was an occasion. NA otherwise.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    return judged(attempt, NAME)
