"""Is everything done that was asked for?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labels import Judgement
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.comparison import NEEDS_REFERENCE, judged

NAME, DESCRIPTION, ARCHETYPE = names.declared("multi_step_completion")
OCCASION = "The reference has at least two operations, or facts about two records."
NEEDS = NEEDS_REFERENCE
BLIND_TO = "What the reference leaves out."


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when an operation of the reference is missing, though the assistant did others. PRESENT when that is not
    so and there was an occasion. NA otherwise.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    return judged(attempt, NAME)
