"""Is the user handed over where that is right?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labels import Judgement
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.comparison import NEEDS_REFERENCE, judged

NAME, DESCRIPTION, ARCHETYPE = names.declared("escalation")
OCCASION = "The assistant and the reference both hand the user over, and do the same besides."
NEEDS = NEEDS_REFERENCE
BLIND_TO = (
    "Handing over that is due though no tool refused anything and the user asked for no human being; "
    "tools for it that are called otherwise than those of `HANDING_OVER`."
)


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when the reference hands the user over, the assistant does not, and a tool refused something or the user
    asked for a human being. PRESENT when that is not so and there was an occasion. NA otherwise.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    return judged(attempt, NAME)
