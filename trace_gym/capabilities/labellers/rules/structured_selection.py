"""Is the record chosen from a list the one that satisfies the request?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labels import Label
from trace_gym.env.facts import has_word
from trace_gym.env.types import Json

NAME = "structured_selection"
DESCRIPTION = "Choose from a list of records the one that satisfies every stated constraint."
ARCHETYPE = "structured_selection"


def label(attempt: Attempt) -> Label:
    """Labels one attempt.

    A choice is a value in a write of the reference that stands beside others in something the assistant read (see
    `choices`). It counts when the assistant made a write with the same tool, refused ones included. NA when no choice
    counts. PRESENT when for each that counts one of those writes has the value in the same argument. LACKING when for
    one of them none has it, whatever they have instead: a sibling, an invented value, or nothing. A value that the
    refusal of a right call names is no choice any more: not to take it is a lack of error recovery.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    had_occasion = False
    for tool, argument, wanted in choices(attempt):
        used = _values_used(attempt, tool, argument)
        # without a write of this kind the assistant has not chosen at all
        if not used:
            continue
        if wanted in used:
            had_occasion = True
        elif not _is_named_by_refusal(attempt, wanted):
            return Label.LACKING

    if had_occasion:
        return Label.PRESENT
    return Label.NA


def choices(attempt: Attempt) -> Iterator[tuple[str, str, str]]:
    """Yields (write tool, argument, wanted value) where the reference chose the value from something looked up.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    groups: list[set[str]] = []
    for event in attempt.calls:
        if event.kind == "read":
            groups += siblings(event.value)

    for call in attempt.reference_writes:
        for argument, value in call.arguments.items():
            # a list of items is one choice an item
            for wanted in _scalars(value):
                if _is_in_any(wanted, groups):
                    yield call.name, argument, wanted


def siblings(value: Json) -> Iterator[set[str]]:
    """Yields sets of values that stand side by side: one field of a list of records, or the keys of a table.

    A list counts from two records on, and a field if it tells all of them apart.

    Args:
        value: A result as JSON.

    Example:
        >>> colors = [{"id": "I1", "color": "red", "kind": "lamp"}, {"id": "I2", "color": "blue", "kind": "lamp"}]
        >>> [sorted(group) for group in siblings(colors)]
        [['I1', 'I2'], ['blue', 'red']]
        >>> [sorted(group) for group in siblings({"I1": {"color": "red"}, "I2": {"color": "red"}})]
        [['I1', 'I2']]
    """
    if isinstance(value, list):
        yield from _distinct_fields([row for row in value if isinstance(row, dict)])
        for row in value:
            yield from siblings(row)
    elif isinstance(value, dict):
        if _is_table(value):
            yield set(value)
        for inner in value.values():
            yield from siblings(inner)


def _distinct_fields(records: Sequence[dict[str, Any]]) -> Iterator[set[str]]:
    if len(records) < 2:
        return

    # records of one list have the same fields, so the first one names them
    for key in records[0]:
        group = set()
        for record in records:
            value = record.get(key)
            if isinstance(value, (str, int)):
                group.add(str(value))
        # a value that two records share tells nobody which of them was meant
        if len(group) == len(records):
            yield group


def _is_table(value: dict[str, Json]) -> bool:
    return len(value) >= 2 and all(isinstance(record, dict) for record in value.values())


def _is_in_any(value: str, groups: Sequence[set[str]]) -> bool:
    return any(value in group for group in groups)


def _scalars(value: Json) -> list[str]:
    """Returns the texts and whole numbers of an argument as text, each once."""
    texts: dict[str, None] = {}
    for item in _as_list(value):
        if isinstance(item, (str, int)):
            texts[str(item)] = None
    return list(texts)


def _values_used(attempt: Attempt, tool: str, argument: str) -> set[str]:
    """Returns what the assistant's writes with a tool have in an argument, as text."""
    used: set[str] = set()
    for event in attempt.writes:
        if event.call.name != tool:
            continue
        value = event.call.arguments.get(argument)
        used.update(map(str, _as_list(value)))
    return used


def _is_named_by_refusal(attempt: Attempt, value: str) -> bool:
    """Returns whether the assistant made a call of the reference, was refused, and read the value in the refusal."""
    for event in attempt.writes:
        if event.error and event.call in attempt.reference_writes and has_word(event.result, value):
            return True
    return False


def _as_list(value: Json) -> list[Json]:
    if isinstance(value, list):
        return value
    return [value]
