"""Is set what the rules prescribe?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labels import Judgement
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.comparison import NEEDS_REFERENCE, judged

NAME, DESCRIPTION, ARCHETYPE = names.declared("policy_values")
OCCASION = "The assistant set a right value that neither the user nor a record says."
NEEDS = NEEDS_REFERENCE
BLIND_TO = "Whether the rules or the user prescribe a value."


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when a text or number is wrong that neither the user nor a result names. PRESENT when that is not so and
    there was an occasion. NA otherwise.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    return judged(attempt, NAME)
