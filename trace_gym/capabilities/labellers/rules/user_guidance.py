"""Is the user asked for the steps that only the user can take?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labels import Judgement
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.comparison import NEEDS_REFERENCE, judged

NAME, DESCRIPTION, ARCHETYPE = names.declared("user_guidance")
OCCASION = "The reference has steps of the user, and calls tell whose they are."
NEEDS = NEEDS_REFERENCE
BLIND_TO = "References that name the assistant's calls alone, as those of most logs do: then the label is NA."


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when a step of the user is missing. PRESENT when that is not so and there was an occasion. NA otherwise.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    return judged(attempt, NAME)
