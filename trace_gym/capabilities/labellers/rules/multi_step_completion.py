"""Is everything that was asked for carried out?"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence

from trace_gym.capabilities.attempt import Attempt, call_identifiers, identifiers
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
    if all(_is_served(unit, done) for unit in wanted):
        return Label.PRESENT
    return Label.LACKING


def _units(attempt: Attempt) -> set[Unit]:
    """The operations of the reference: (write tool, record), and (any tool, record) for records only read."""
    units = {(call.name, _subject(call)) for call in attempt.reference_writes}
    groups: dict[str, set[str]] = defaultdict(set)
    for call in attempt.reference or []:
        # a call works on the record it names first; the others say what to do with it
        for name, value in itertools.islice(identifiers(call.arguments), 1):
            groups[name].add(value)

    largest = max(groups.values(), key=len, default=set())
    if len(largest) >= 2:
        written = set()
        for call in attempt.reference_writes:
            written |= set(call_identifiers(call))
        units |= {("", value) for value in largest - written}

    return units


def _subject(call: ToolCall) -> str:
    return next(iter(call_identifiers(call)), "")


def _is_served(unit: Unit, calls: Sequence[ToolCall]) -> bool:
    tool, record = unit
    for call in calls:
        is_right_tool = not tool or call.name == tool
        is_right_record = not record or record in call_identifiers(call)
        if is_right_tool and is_right_record:
            return True
    return False
