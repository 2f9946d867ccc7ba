"""What it shows that a call was made with another value than it should have been."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator

from trace_gym.capabilities.attempt import is_identifier
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.alignment import differences
from trace_gym.capabilities.repair.case import Case, Cause
from trace_gym.capabilities.repair.changes import changes
from trace_gym.capabilities.repair.edits import ABSENT, SetArgument
from trace_gym.capabilities.repair.observed import Observed, is_number
from trace_gym.env.types import Json, ToolCall
from trace_gym.trajectories.places import Place

EXTREME = re.compile(
    r"\b(cheap(er|est)|(most|least|more|less) expensive|lowest|highest|smallest|largest|shortest|longest|fastest|"
    r"earliest|latest|minimum|maximum|fewest|best)\b"
)
_DAY = re.compile(r"\d{4}-(\d\d)-(\d\d)")
_STEM = 3
"""Letters by which `bags` are known in `total_baggages`."""
_QUALIFIERS = ("total", "nonfree", "free", "extra", "number", "count", "num", "of", "paid")
_MORE = "(more|additional|checked|extra|any|carry-on|other)"
_MONEY = ("amount", "price", "payment", "cost", "sum", "fee", "refund")


def causes_of_argument(case: Case, edit: SetArgument) -> Iterator[Cause]:
    """Yields the capabilities that would have given an argument its value.

    Args:
        case: The repaired episode.
        edit: The argument, and its right value.
    """
    call = case.call_at(edit.place)
    # by what is paid is no matter of what may be done, and a part left out is no other way to do it
    is_payment = "payment" in edit.name
    if case.is_forbidden(edit.place, edit.name if is_payment else "") and (is_payment or _is_replaced(call, edit)):
        yield case.forbidden(edit.place)
        return
    new = {**call.arguments, **case.set_at(edit.place)}
    if not case.was_looked_up(edit.place, call) and case.missed_look_ups():
        yield Cause(names.CHECKING, case.evidence(edit.place, f"{call.name} without a look at what it changes"))
    yield from _of_value(case, edit.place, call, edit.name, ToolCall(call.name, new))


def _is_replaced(call: ToolCall, edit: SetArgument) -> bool:
    """Whether something in an argument is to be another, rather than only more or less."""
    return any(ABSENT not in pair for pair in changes(call.arguments.get(edit.name, ABSENT), edit.value))


def causes_of_other_values(case: Case, place: Place, made: ToolCall, wanted: ToolCall) -> Iterator[Cause]:
    """Yields the capabilities that would have made one call out of another.

    Args:
        case: The repaired episode.
        place: Where the call stands that was made.
        made: That call.
        wanted: The call of the reference.
    """
    for name in differences(made, wanted):
        yield from _of_value(case, place, made, name, wanted)


def _of_value(case: Case, place: Place, call: ToolCall, name: str, wanted: ToolCall) -> Iterator[Cause]:
    observed = case.observed_before(place)
    pairs = list(changes(call.arguments.get(name, ABSENT), wanted.arguments.get(name, ABSENT)))
    is_another_choice = any(ABSENT not in pair for pair in pairs)
    for one, two in pairs:
        if one == ABSENT and is_another_choice:
            # such as the second leg of another way to fly
            continue
        if _follows(observed, call, wanted, name, two) or case.was_made(one, place):
            continue
        if ABSENT not in (one, two) and observed.contradicts(one, two):
            continue
        note = f"{name} of {call.name} was {_short(one)}, should have been {_short(two)}"
        for capability in _capabilities(observed, name, one, two):
            yield Cause(capability, case.evidence(place, note))


def _follows(observed: Observed, made: ToolCall, wanted: ToolCall, name: str, value: Json) -> bool:
    """Whether a value comes with a record that the call took a wrong one for: its price, its place, its date."""
    if is_identifier(value) or isinstance(value, bool):
        return False
    for other in differences(made, wanted):
        for one, two in changes(made.arguments.get(other, ABSENT), wanted.arguments.get(other, ABSENT)):
            if not is_identifier(one) or not is_identifier(two) or observed.was_said(two):
                continue
            if is_amount(name, value) or not observed.was_read(two):
                return True
            if any(value in record.values() for record in observed.records_of(two)):
                return True
    return False


def _capabilities(observed: Observed, name: str, one: Json, two: Json) -> Iterator[str]:
    """Which capabilities would have given `two` instead of `one`; either may be `ABSENT`."""
    if two == ABSENT:
        yield names.RESTRAINT
    elif one == ABSENT:
        yield names.MULTI_STEP if observed.was_read(two) else names.GROUNDING
    elif "payment" in name and observed.can_be_asked and is_identifier(two) and not observed.was_said(two):
        # who pays says by what, and is to be asked
        yield names.GROUNDING if observed.was_read(two) else names.LOOKING_UP
    elif observed.are_siblings(one, two):
        # the extreme one of a list is found by comparing
        if EXTREME.search(observed.said) and not observed.was_picked(one):
            yield names.ARITHMETIC
        yield names.SELECTION
    elif observed.was_said(two) or any(map(observed.was_said, spoken(two))):
        yield names.GROUNDING
    elif is_amount(name, two):
        yield names.ARITHMETIC
    elif is_number(two):
        yield names.GROUNDING if two == 0 and _is_denied(observed, name) else names.POLICY_VALUE
    elif spoken(two):
        # no rules prescribe a day
        yield names.GROUNDING if observed.was_read(two) else names.LOOKING_UP
    elif is_identifier(two):
        yield names.RIGHT_RECORD if observed.was_read(two) else names.LOOKING_UP
    else:
        yield names.GROUNDING if observed.was_read(two) else names.POLICY_VALUE


def _is_denied(observed: Observed, name: str) -> bool:
    """Whether the user said to want none of what an argument counts: no bags."""
    words = "|".join(word[:_STEM] for word in name.split("_") if len(word) >= _STEM and word not in _QUALIFIERS)
    denied = rf"(\bno|\bwithout|(\bnot|n't) (want|need|have|bring|add)( any)?)( {_MORE})* ({words})"
    texts = [said.replace("\u2019", "'") for said in observed.sentences]
    return bool(words) and any(re.search(denied, said, re.I) for said in texts)


def is_amount(name: str, value: Json) -> bool:
    """Returns whether an argument is a sum of money, which has to be worked out where nobody names it.

    Args:
        name: The argument.
        value: Its value.

    Example:
        >>> is_amount("total_cost", 12.5), is_amount("total_baggages", 3), is_amount("total", 3)
        (True, False, True)
    """
    return is_number(value) and (name == "total" or any(word in name for word in _MONEY))


def spoken(value: Json) -> list[str]:
    """Returns how a day, written as `2024-05-18`, is told in words; nothing for any other value.

    Args:
        value: A value of an argument.

    Example:
        >>> spoken("2024-05-18")[:2]
        ['May 18', '18 May']
    """
    found = _DAY.fullmatch(value) if isinstance(value, str) else None
    if found is None or not 1 <= int(found[1]) <= 12:
        return []
    month, day = calendar.month_name[int(found[1])], int(found[2])
    ends = {1: "st", 2: "nd", 3: "rd"}
    end = "th" if 10 < day < 14 else ends.get(day % 10, "th")
    days = (str(day), f"{day}{end}")
    return [text for own in days for text in (f"{month} {own}", f"{own} {month}", f"{own} of {month}")]


def _short(value: Json) -> str:
    if value == ABSENT:
        return "left out"
    return repr(value) if len(repr(value)) <= 60 else repr(value)[:57] + "..."
