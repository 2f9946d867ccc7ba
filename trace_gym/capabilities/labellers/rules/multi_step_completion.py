"""Is everything that was asked for carried out?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from trace_gym.capabilities.attempt import Attempt, CallEvent, identifier_values, identifiers
from trace_gym.capabilities.labels import Label
from trace_gym.env.types import ToolCall

NAME = "multi_step_completion"
DESCRIPTION = "Carry out every operation of a request that asks for several, not only the first."
ARCHETYPE = "multi_step"

Unit = tuple[str, str]
"""A tool and a record; an empty tool stands for any tool, an empty record for none in particular."""


def label(attempt: Attempt) -> Label:
    """Labels one attempt.

    NA when there is no reference, it has fewer than two operations, or the assistant called nothing. The operations
    are the different pairs of (write tool, first identifier of the write), and, where two or more records of one kind
    are the first identifiers of the reference's calls, those of them that no write names. PRESENT when for each there
    is a call that was not refused: of the same tool with that identifier, or of any tool for a record that is only
    read. LACKING when one is missing. Wrong values of other arguments and calls beyond the reference do not count.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    # an attempt without any call shows another deficit, and would be LACKING in every long task
    if not attempt.calls:
        return Label.NA
    wanted = _units(attempt)
    if len(wanted) < 2:
        return Label.NA

    for unit in wanted:
        if not _is_served(unit, attempt.calls):
            return Label.LACKING
    return Label.PRESENT


def _units(attempt: Attempt) -> set[Unit]:
    """Returns the operations of the reference: (write tool, record), and (any tool, record) for records only read."""
    units = set()
    for call in attempt.reference_writes:
        units.add((call.name, _subject(call)))

    # one kind only: a user, an order and an item along the way are steps of one operation
    for record in _largest_kind(attempt) - identifier_values(attempt.reference_writes):
        units.add(("", record))
    return units


def _largest_kind(attempt: Attempt) -> set[str]:
    """Returns the records that the reference works on, of the kind (argument name) with most; none if only one."""
    records_by_argument: dict[str, set[str]] = defaultdict(set)
    for call in attempt.reference or ():
        for argument, value in identifiers(call.arguments):
            records_by_argument[argument].add(value)
            break

    largest = max(records_by_argument.values(), key=len, default=set())
    if len(largest) < 2:
        return set()
    return largest


def _subject(call: ToolCall) -> str:
    """Returns the first identifier, by convention the record that a call is about; empty if there is none."""
    for _, value in identifiers(call.arguments):
        return value
    return ""


def _is_served(unit: Unit, events: Iterable[CallEvent]) -> bool:
    tool, record = unit
    for event in events:
        if event.error or tool not in ("", event.call.name):
            continue
        if record == "" or record in identifier_values([event.call]):
            return True
    return False
