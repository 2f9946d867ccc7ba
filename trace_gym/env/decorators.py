"""Methods of an environment that a decorator has marked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def marked(owner: object, mark: str) -> Iterator[tuple[str, Callable[..., Any], Any]]:
    """Yields the methods of `owner` that carry an attribute, base classes first, an override in its base's place.

    Args:
        owner: the environment.
        mark: the attribute that the decorator sets.

    Yields:
        The method's name, the function as it was written, and the attribute's value.
    """
    members: dict[str, Any] = {}
    for cls in reversed(type(owner).__mro__):
        members.update(vars(cls))
    for name, function in members.items():
        value = getattr(function, mark, None)
        if value is not None:
            yield name, function, value
