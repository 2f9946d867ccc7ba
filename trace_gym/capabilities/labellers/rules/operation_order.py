"""Are operations done in an order in which each is still possible?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labels import Judgement
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.comparison import NEEDS_REFERENCE, judged

NAME, DESCRIPTION, ARCHETYPE = names.declared("operation_order")
OCCASION = "The assistant did two different operations of the reference to one record."
NEEDS = NEEDS_REFERENCE
BLIND_TO = "An order that no refusal and no word of the assistant tells of."


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when an earlier operation on the same record kept the assistant from another one. PRESENT when that is
    not so and there was an occasion. NA otherwise.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    return judged(attempt, NAME)
