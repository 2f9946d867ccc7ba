"""Is everything looked up that the answer depends on?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labels import Judgement
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.comparison import NEEDS_REFERENCE, judged

NAME, DESCRIPTION, ARCHETYPE = names.declared("information_gathering")
OCCASION = "The reference looks something up, and so does the assistant."
NEEDS = NEEDS_REFERENCE
BLIND_TO = "What could have been asked of the user instead."


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when a value that is needed was never read, or a record never looked at. PRESENT when that is not so and
    there was an occasion. NA otherwise.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    return judged(attempt, NAME)
