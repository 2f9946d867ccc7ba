"""Is the record chosen from a list the one that satisfies the request?"""

from __future__ import annotations

from collections.abc import Iterator

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labels import Label
from trace_gym.env.types import Json

NAME = "structured_selection"
DESCRIPTION = "Choose from a list of records the one that satisfies every stated constraint."
ARCHETYPE = "structured_selection"


def label(attempt: Attempt) -> Label:
    """Labels one attempt.

    The occasion: a looked-up list holds, among siblings, the value a reference write uses, and the assistant made a
    write with the same tool. PRESENT when it used that value, LACKING when it used another.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    verdicts = [v for v in (_verdict(attempt, *choice) for choice in choices(attempt)) if v is not Label.NA]
    if not verdicts:
        return Label.NA
    return Label.LACKING if Label.LACKING in verdicts else Label.PRESENT


def choices(attempt: Attempt) -> Iterator[tuple[str, str, str]]:
    """Yields (write tool, argument, wanted value) where the reference chose the value from a looked-up list.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    groups = [group for event in attempt.calls if event.kind == "read" for group in siblings(event.value)]
    for call in attempt.reference_writes:
        for name, value in call.arguments.items():
            values = value if isinstance(value, list) else [value]
            for wanted in {str(v) for v in values if isinstance(v, (str, int))}:
                if any(wanted in group for group in groups):
                    yield call.name, name, wanted


def _verdict(attempt: Attempt, tool: str, argument: str, wanted: str) -> Label:
    used: set[str] = set()
    for event in attempt.writes:
        if event.call.name == tool:
            value = event.call.arguments.get(argument)
            used |= {str(v) for v in (value if isinstance(value, list) else [value])}

    if wanted in used:
        return Label.PRESENT
    return Label.LACKING if used else Label.NA


def siblings(value: Json) -> Iterator[set[str]]:
    """Yields the sets of values that stand side by side: one key of a list of records, or the keys of a table.

    Args:
        value: A result as JSON.
    """
    if isinstance(value, list):
        rows = [row for row in value if isinstance(row, dict)]
        if len(rows) >= 2:
            for key in rows[0]:
                group = {str(row[key]) for row in rows if isinstance(row.get(key), (str, int))}
                if len(group) == len(rows):
                    yield group
        for row in value:
            yield from siblings(row)
    elif isinstance(value, dict):
        if len(value) >= 2 and all(isinstance(v, dict) for v in value.values()):
            yield set(value)
        for inner in value.values():
            yield from siblings(inner)
