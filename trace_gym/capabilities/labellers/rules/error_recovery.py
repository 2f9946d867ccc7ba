"""Is a refused call followed by a corrected one?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labels import Label

NAME = "error_recovery"
DESCRIPTION = "Read why a call was refused, correct it, and try again."
ARCHETYPE = "error_recovery"


def label(attempt: Attempt) -> Label:
    """Labels one attempt: NA without a refused call, PRESENT when every refused tool succeeds later.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    refused = [event for event in attempt.calls if event.error]
    if not refused:
        return Label.NA
    recovered = all(
        any(
            (later.call.name == event.call.name or event.call.name == "invalid") and not later.error
            for later in attempt.calls
            if later.position > event.position
        )
        for event in refused
    )

    return Label.PRESENT if recovered else Label.LACKING
