"""Whether a number can be worked out of what was read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from trace_gym.capabilities.repair.observed import is_number
from trace_gym.env.types import Json

_MOST_ADDENDS = 12
"""Numbers of one kind of which every sum is looked at; of more, that of all."""
_MOST_TIMES = 9
_CENT = 100


def is_computable(value: str, results: Sequence[Json]) -> bool:
    """Returns whether a number is a count, a sum, a difference or a multiple of numbers of one kind in results.

    Args:
        value: The number, as text.
        results: What was read, parsed where it is JSON.

    Example:
        >>> is_computable("300", [{"cards": [{"amount": 100}, {"amount": 200}]}]), is_computable("7", [{"amount": 100}])
        (True, False)
    """
    try:
        wanted = round(float(value.replace(",", "")) * _CENT)
    except (ValueError, OverflowError):
        return False
    if any(wanted <= size * _CENT and wanted % _CENT == 0 and wanted > 0 for size in _sizes(results)):
        return True

    kinds: dict[str, list[int]] = defaultdict(list)
    for result in results:
        for kind, number in _numbers(result, ""):
            kinds[kind].append(round(number * _CENT))
    return any(_comes_of(wanted, numbers) for numbers in kinds.values())


def _comes_of(wanted: int, numbers: Sequence[int]) -> bool:
    if any(number * times == wanted for number in numbers for times in range(2, _MOST_TIMES + 1)):
        return True
    if any(one - two == wanted for one in numbers for two in numbers):
        return True
    sums = {0}
    if len(numbers) > _MOST_ADDENDS:
        return sum(numbers) == wanted
    for number in numbers:
        sums |= {own + number for own in sums}
    return wanted in sums


def _sizes(value: Json) -> Iterator[int]:
    """How many values lists and records hold that hold more than one."""
    if isinstance(value, (dict, list, tuple)):
        # a record's fields are not counted by anyone, its records are
        owns = list(value.values()) if isinstance(value, dict) else list(value)
        if len(owns) > 1 and all(isinstance(own, dict) for own in owns):
            yield len(owns)
        for own in owns:
            yield from _sizes(own)


def _numbers(value: Json, kind: str) -> Iterator[tuple[str, float]]:
    """Every number, with the name of the field that it stands in."""
    if isinstance(value, dict):
        for name, own in value.items():
            yield from _numbers(own, str(name))
    elif isinstance(value, list):
        for own in value:
            yield from _numbers(own, kind)
    elif is_number(value) and abs(value) < 1e12:
        yield kind, float(value)
