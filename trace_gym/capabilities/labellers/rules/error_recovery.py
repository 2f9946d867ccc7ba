"""Is a refused call followed by a corrected one?"""

from __future__ import annotations

from collections.abc import Sequence

from trace_gym.capabilities.attempt import Attempt, CallEvent
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
    if all(_is_recovered(event, attempt.calls) for event in refused):
        return Label.PRESENT
    return Label.LACKING


def _is_recovered(refused: CallEvent, calls: Sequence[CallEvent]) -> bool:
    for later in calls:
        if later.position <= refused.position or later.error:
            continue
        # an unreadable call names no tool, so that any call that works makes up for it
        if refused.call.name in (later.call.name, "invalid"):
            return True
    return False
