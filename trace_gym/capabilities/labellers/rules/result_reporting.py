"""Is the user told what was found?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labels import Judgement
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.comparison import NEEDS_REFERENCE, judged

NAME, DESCRIPTION, ARCHETYPE = names.declared("result_reporting")
OCCASION = "The log says which facts had to be told."
NEEDS = NEEDS_REFERENCE
BLIND_TO = "Facts that no field of the log names."


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when a fact was read and not told. PRESENT when that is not so and there was an occasion. NA otherwise.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    return judged(attempt, NAME)
