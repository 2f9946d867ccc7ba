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
    verdicts = {_verdict(attempt, *choice) for choice in choices(attempt)}
    if Label.LACKING in verdicts:
        return Label.LACKING
    if Label.PRESENT in verdicts:
        return Label.PRESENT
    return Label.NA


def choices(attempt: Attempt) -> Iterator[tuple[str, str, str]]:
    """Yields (write tool, argument, wanted value) where the reference chose the value from a looked-up list.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    listed: set[str] = set()
    for event in attempt.calls:
        if event.kind == "read":
            listed.update(*siblings(event.value))

    for call in attempt.reference_writes:
        for name, value in call.arguments.items():
            # in order, and each once
            for wanted in dict.fromkeys(_texts(value)):
                if wanted in listed:
                    yield call.name, name, wanted


def _texts(value: Json) -> list[str]:
    """The texts and numbers of a value, or of a list of values, as texts."""
    values = [value]
    if isinstance(value, list):
        values = value
    return [str(item) for item in values if isinstance(item, (str, int))]


def _verdict(attempt: Attempt, tool: str, argument: str, wanted: str) -> Label:
    used: set[str] = set()
    for event in attempt.writes:
        if event.call.name == tool:
            value = event.call.arguments.get(argument)
            if isinstance(value, list):
                used |= set(map(str, value))
            else:
                used.add(str(value))

    if wanted in used:
        return Label.PRESENT
    if used:
        return Label.LACKING
    return Label.NA


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
                # a value that two rows share does not tell which row was meant
                if len(group) == len(rows):
                    yield group
        for row in value:
            yield from siblings(row)
    elif isinstance(value, dict):
        if len(value) >= 2 and all(isinstance(v, dict) for v in value.values()):
            yield set(value)
        for inner in value.values():
            yield from siblings(inner)
