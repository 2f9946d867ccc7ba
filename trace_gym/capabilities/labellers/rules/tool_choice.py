"""Is the right operation chosen among similar ones?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labels import Judgement
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.comparison import NEEDS_REFERENCE, judged

NAME, DESCRIPTION, ARCHETYPE = names.declared("tool_choice")
OCCASION = "The assistant changed something, as the reference does, and tried no operation of another kind in vain."
NEEDS = NEEDS_REFERENCE
BLIND_TO = "Tools that do the same."


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when the reference makes another operation on a record that the assistant changed. PRESENT when that is
    not so and there was an occasion. NA otherwise.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    return judged(attempt, NAME)
