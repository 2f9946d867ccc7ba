"""Is the user kept where there is no need to hand it over?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labels import Judgement
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.comparison import NEEDS_REFERENCE, judged

NAME, DESCRIPTION, ARCHETYPE = names.declared("needless_escalation")
OCCASION = (
    "Neither the assistant nor the reference hands the user over, and the assistant did nothing that the "
    "reference does not."
)
NEEDS = NEEDS_REFERENCE
BLIND_TO = (
    "Tools for handing over that are called otherwise than those of `HANDING_OVER`; handing over besides "
    "all that was asked for."
)


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when the assistant handed the user over instead of doing what the reference does. PRESENT when that is
    not so and there was an occasion. NA otherwise.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    return judged(attempt, NAME)
