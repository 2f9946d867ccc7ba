"""Is the user handed over where that is right?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labels import Judgement
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.comparison import NEEDS_REFERENCE, judged

NAME, DESCRIPTION, ARCHETYPE = names.declared("escalation")
OCCASION = "The assistant and the reference both hand the user over."
NEEDS = NEEDS_REFERENCE
BLIND_TO = "Tools for handing over that are called otherwise than those of `HANDING_OVER`."


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when the reference hands the user over, and the assistant does not. PRESENT when that is not so and
    there was an occasion. NA otherwise.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    return judged(attempt, NAME)
