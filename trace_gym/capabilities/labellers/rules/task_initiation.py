"""Is anything done at all?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labels import Judgement
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.comparison import NEEDS_REFERENCE, judged

NAME, DESCRIPTION, ARCHETYPE = names.declared("task_initiation")
OCCASION = "The assistant changed something, and so does the reference."
NEEDS = NEEDS_REFERENCE
BLIND_TO = "Why nothing was done."


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when the assistant changed nothing, though it had read what it needed. PRESENT when that is not so and
    there was an occasion. NA otherwise.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    return judged(attempt, NAME)
