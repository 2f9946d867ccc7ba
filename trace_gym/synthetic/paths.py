"""Paths into JSON values: the keys and positions that lead from the outside to a value."""

from __future__ import annotations

from collections.abc import Sequence

from trace_gym.env.types import Json


def at_path(value: Json, path: Sequence[str | int]) -> Json:
    """Returns the value at a path, or None if the path leads nowhere.

    Args:
        value: A JSON value.
        path: Keys and positions, from the outside in.

    Example:
        >>> at_path({"payments": [{"id": "P1"}]}, ["payments", 0, "id"])
        'P1'
    """
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def put_at_path(value: Json, path: Sequence[str | int], new: Json) -> None:
    """Replaces the value at a path, in place; does nothing if the path leads through anything but objects and lists.

    Args:
        value: A JSON value, changed in place.
        path: Keys and positions, from the outside in; at least one.
        new: The value to put there.

    Example:
        >>> order = {"item": {"color": "red"}}
        >>> put_at_path(order, ["item", "color"], "blue")
        >>> order
        {'item': {'color': 'blue'}}
    """
    holder = at_path(value, path[:-1])
    if isinstance(holder, (dict, list)):
        holder[path[-1]] = new  # type: ignore[index]
