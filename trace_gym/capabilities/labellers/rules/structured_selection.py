"""Is the right one of several listed records chosen?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labels import Judgement
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.comparison import NEEDS_REFERENCE, judged

NAME, DESCRIPTION, ARCHETYPE = names.declared("structured_selection")
OCCASION = "The assistant set a right value that stands in one of several records of a list it had read."
NEEDS = NEEDS_REFERENCE
BLIND_TO = "Choices from lists that stand in prose."


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when the assistant took a value that stands beside the right one in a list that it had read. PRESENT
    when that is not so and there was an occasion. NA otherwise.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    return judged(attempt, NAME)
