"""Is everything that was asked for carried out?"""

from __future__ import annotations

from collections import defaultdict

from trace_gym.capabilities.attempt import Attempt, identifiers
from trace_gym.capabilities.labels import Label
from trace_gym.env.types import ToolCall

NAME = "multi_step_completion"
DESCRIPTION = "Carry out every operation of a request that asks for several, not only the first."
ARCHETYPE = "multi_step"

Unit = tuple[str, str]


def label(attempt: Attempt) -> Label:
    """Labels one attempt.

    The occasion: the reference works on two or more records of one kind, or makes writes with different tools.
    PRESENT when the assistant made a successful call for each; NA when it took no step at all.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    wanted = _units(attempt)
    if len(wanted) < 2 or not attempt.calls:
        return Label.NA
    done = [event.call for event in attempt.calls if not event.error]
    served = [unit for unit in wanted if any(_serves(call, unit) for call in done)]
    return Label.PRESENT if len(served) == len(wanted) else Label.LACKING


def _units(attempt: Attempt) -> set[Unit]:
    """The operations of the reference: (write tool, record), and (any tool, record) for records only read."""
    units = {(call.name, _subject(call)) for call in attempt.reference_writes}
    groups: dict[str, set[str]] = defaultdict(set)
    for call in attempt.reference or []:
        for name, value in list(identifiers(call.arguments))[:1]:
            groups[name].add(value)

    largest = max(groups.values(), key=len, default=set())
    if len(largest) >= 2:
        written = {value for call in attempt.reference_writes for _, value in identifiers(call.arguments)}
        units |= {("", value) for value in largest - written}

    return units


def _subject(call: ToolCall) -> str:
    return next((value for _, value in identifiers(call.arguments)), "")


def _serves(call: ToolCall, unit: Unit) -> bool:
    tool, record = unit
    if tool and call.name != tool:
        return False
    return not record or any(value == record for _, value in identifiers(call.arguments))
