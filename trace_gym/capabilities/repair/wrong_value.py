"""What it shows that a call was made with another value than it should have been."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trace_gym.capabilities.attempt import is_identifier
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.alignment import differences
from trace_gym.capabilities.repair.case import Case, Cause
from trace_gym.capabilities.repair.changes import changes
from trace_gym.capabilities.repair.edits import ABSENT, SetArgument
from trace_gym.capabilities.repair.observed import Observed
from trace_gym.env.types import Json, ToolCall
from trace_gym.trajectories.places import Place

_EXTREME = re.compile(
    r"\b(cheap(er|est)|(most|least|more|less) expensive|lowest|highest|smallest|largest|shortest|longest|fastest|"
    r"earliest|latest|minimum|maximum|fewest|best)\b"
)
_MONEY = ("amount", "price", "payment", "total", "cost", "sum", "fee", "refund")


def causes_of_argument(case: Case, edit: SetArgument) -> Iterator[Cause]:
    """Yields the capabilities that would have given an argument its value.

    Args:
        case: The repaired episode.
        edit: The argument, and its right value.
    """
    call = case.call_at(edit.place)
    if not case.was_looked_up(edit.place, call) and case.missed_look_ups():
        yield Cause(names.CHECKING, case.evidence(edit.place, f"{call.name} without a look at what it changes"))
    yield from _of_value(case, edit.place, call, edit.name, edit.value)


def causes_of_other_values(case: Case, place: Place, made: ToolCall, wanted: ToolCall) -> Iterator[Cause]:
    """Yields the capabilities that would have made one call out of another.

    Args:
        case: The repaired episode.
        place: Where the call stands that was made.
        made: That call.
        wanted: The call of the reference.
    """
    for name in differences(made, wanted):
        yield from _of_value(case, place, made, name, wanted.arguments.get(name, ABSENT))


def _of_value(case: Case, place: Place, call: ToolCall, name: str, new: Json) -> Iterator[Cause]:
    observed = case.observed_before(place)
    for one, two in changes(call.arguments.get(name, ABSENT), new):
        note = f"{name} of {call.name} was {_short(one)}, should have been {_short(two)}"
        for capability in _capabilities(observed, name, one, two):
            yield Cause(capability, case.evidence(place, note))


def _capabilities(observed: Observed, name: str, one: Json, two: Json) -> Iterator[str]:
    """Which capabilities would have given `two` instead of `one`; either may be `ABSENT`."""
    if two == ABSENT:
        yield names.RESTRAINT
    elif one == ABSENT:
        yield names.MULTI_STEP if observed.was_read(two) else names.GROUNDING
    elif observed.are_siblings(one, two):
        # the extreme one of a list is found by comparing
        if _EXTREME.search(observed.said):
            yield names.ARITHMETIC
        yield names.SELECTION
    elif observed.was_said(two):
        yield names.GROUNDING
    elif is_amount(name, two):
        yield names.ARITHMETIC
    elif isinstance(two, (int, float)) and not isinstance(two, bool):
        yield names.POLICY_VALUE
    elif is_identifier(two):
        yield names.RIGHT_RECORD if observed.was_read(two) else names.LOOKING_UP
    else:
        yield names.GROUNDING if observed.was_read(two) else names.POLICY_VALUE


def is_amount(name: str, value: Json) -> bool:
    """Returns whether an argument is a sum of money, which has to be worked out where nobody names it.

    Args:
        name: The argument.
        value: Its value.

    Example:
        >>> is_amount("total_cost", 12.5), is_amount("baggages", 3)
        (True, False)
    """
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and any(word in name for word in _MONEY)


def _short(value: Json) -> str:
    if value == ABSENT:
        return "left out"
    return repr(value) if len(repr(value)) <= 60 else repr(value)[:57] + "..."
