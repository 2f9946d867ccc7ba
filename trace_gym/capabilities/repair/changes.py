"""How one value differs from another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
        for number in range(max(len(removed), len(added))):
            one = removed[number] if number < len(removed) else ABSENT
            two = added[number] if number < len(added) else ABSENT
            yield from changes(one, two)
    elif canonical(old) != canonical(new):
        yield old, new


def _without(values: Sequence[Json], others: Sequence[Json]) -> list[Json]:
    left = [canonical(other) for other in others]
    kept = []
    for value in values:
        if canonical(value) in left:
            left.remove(canonical(value))
        else:
            kept.append(value)
    return kept
