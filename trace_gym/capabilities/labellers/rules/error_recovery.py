"""Is a refused call put right?"""

from __future__ import annotations

import re

from trace_gym.capabilities.attempt import Attempt, CallEvent, identifier_values
from trace_gym.capabilities.labels import Evidence, Judgement, Label
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.comparison import judged

NAME, DESCRIPTION, ARCHETYPE = names.declared("error_recovery")
OCCASION = "A refused call was followed by one of the reference, of the same tool or about the same record."
NEEDS = "nothing; more with a reference solution"
BLIND_TO = "Refusals that the log does not mark as errors."

_CORRECTABLE = re.compile(
    r"\b(not found|no such|unknown|unreadable|invalid|missing|required|expected|must|should|malformed|does not exist|"
    r"available|instead|use|try)\b",
    re.IGNORECASE,
)
"""What refusals say that tell what to do better; others say that a thing must not be done at all."""


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when an operation of the reference was refused and never put right. PRESENT when that is not so and
    there was an occasion. NA otherwise. Without a reference every refusal that tells what to do better counts: LACKING
    when one was not put right, and PRESENT when a call of the same tool, or about the same record, succeeded later.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    if attempt.reference is not None:
        return judged(attempt, NAME)

    was_corrected = False
    for number, event in enumerate(attempt.calls):
        if not event.error:
            continue
        if _is_put_right(attempt, event):
            was_corrected = True
        elif _CORRECTABLE.search(event.result):
            return Judgement(Label.LACKING, Evidence(event.position, number, f"{event.call.name} was not put right"))
    return Judgement(Label.PRESENT if was_corrected else Label.NA)


def _is_put_right(attempt: Attempt, refused: CallEvent) -> bool:
    records = identifier_values([refused.call])
    for later in attempt.calls:
        # a call of the same message was written before the refusal could be read
        if later.position <= refused.position or later.error:
            continue
        # nobody can tell which tool an unreadable call was meant for
        if refused.call.name in (later.call.name, "invalid") or records & identifier_values([later.call]):
            return True
    return False
