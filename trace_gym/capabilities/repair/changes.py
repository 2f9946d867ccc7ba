"""How one value differs from another."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from trace_gym.capabilities.attempt import is_identifier
from trace_gym.capabilities.repair.alignment import canonical
from trace_gym.capabilities.repair.edits import ABSENT
from trace_gym.env.types import Json


def changes(old: Json, new: Json) -> Iterator[tuple[Json, Json]]:
    """Yields the values that differ, leaf by leaf; a list's are paired in order, what is left over with `ABSENT`.

    Where lists hold the same values, those at the same place are compared.

    Args:
        old: A value, or `ABSENT`.
        new: Another one, or `ABSENT`.

    Example:
        >>> list(changes({"items": ["I1", "I2"], "sum": 5}, {"items": ["I2", "I3", "I4"], "sum": 5.0}))
        [('I1', 'I3'), ('<absent>', 'I4')]
    """
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            yield from changes(old.get(key, ABSENT), new.get(key, ABSENT))
    elif isinstance(old, list) and isinstance(new, list):
        removed = _without(old, new)
        added = _without(new, old)
        if not removed and not added:
            # the same values in another order
            removed, added = old, new
        for one, two in _paired(removed, added):
            yield from changes(one, two)
    elif canonical(old) != canonical(new):
        yield old, new


def _paired(ones: Sequence[Json], twos: Sequence[Json]) -> Iterator[tuple[Json, Json]]:
    """Values of two lists: those that name the same record together, the others in order."""
    left = list(twos)
    rest = []
    for one in ones:
        same = next((two for two in left if _names(one) & _names(two)), None)
        if same is None:
            rest.append(one)
        else:
            left.remove(same)
            yield one, same
    yield from itertools.zip_longest(rest, left, fillvalue=ABSENT)


def _names(value: Json) -> set[str]:
    """The identifiers of a record."""
    return {str(own) for own in value.values() if is_identifier(own)} if isinstance(value, dict) else set()


def _without(values: Sequence[Json], others: Sequence[Json]) -> list[Json]:
    left = [canonical(other) for other in others]
    kept = []
    for value in values:
        if canonical(value) in left:
            left.remove(canonical(value))
        else:
            kept.append(value)
    return kept
