"""Is a refused call followed by a corrected one?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt, CallEvent
from trace_gym.capabilities.labels import Label

NAME = "error_recovery"
DESCRIPTION = "Read why a call was refused, correct it, and try again."
ARCHETYPE = "error_recovery"


def label(attempt: Attempt) -> Label:
    """Labels one attempt.

    NA when no call was refused. PRESENT when after every refused call, in a later message, the same tool succeeds
    (after an unreadable call: any tool), whatever its arguments. LACKING when that is missing for one of them.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    was_refused = False
    for event in attempt.calls:
        if not event.error:
            continue
        was_refused = True
        if not _is_recovered(attempt, event):
            return Label.LACKING

    if was_refused:
        return Label.PRESENT
    return Label.NA


def _is_recovered(attempt: Attempt, refused: CallEvent) -> bool:
    for later in attempt.calls:
        # a call of the same message was written before the refusal could be read
        if later.position <= refused.position or later.error:
            continue
        # nobody can tell which tool an unreadable call was meant for
        if refused.call.name in (later.call.name, "invalid"):
            return True
    return False
