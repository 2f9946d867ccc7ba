"""Is it the right record that is worked on?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labels import Judgement
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.comparison import NEEDS_REFERENCE, judged

NAME, DESCRIPTION, ARCHETYPE = names.declared("record_tracking")
OCCASION = "The assistant did an operation of the reference to its record, and had read of another."
NEEDS = NEEDS_REFERENCE
BLIND_TO = "Records without an identifier: a word of 3 to 64 characters with a digit."


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when the assistant took, or told of, another record that it had read. PRESENT when that is not so and
    there was an occasion. NA otherwise.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    return judged(attempt, NAME)
