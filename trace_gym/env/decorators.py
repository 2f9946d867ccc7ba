"""Methods of an environment that a decorator has marked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
"""A method that a decorator gives back as it was."""


def marking(mark: str, value: object) -> Callable[[F], F]:
    """Returns a decorator that leaves a method as it is, but for an attribute by which `marked` finds it.

    Args:
        mark: The attribute to set.
        value: Its value, not None.
    """

    def decorate(function: F) -> F:
        setattr(function, mark, value)
        return function

    return decorate


def marked(owner: object, mark: str) -> Iterator[tuple[str, Callable[..., Any], Any]]:
    """Yields the methods that carry an attribute, base classes first, an override in its base's place.

    Args:
        owner: The environment.
        mark: The attribute that the decorator sets.

    Yields:
        The method's name, the function as it was written, and the attribute's value.

    Example:
        >>> class Marked:
        ...     @marking("tag", "hello")
        ...     def greet(self): ...
        >>> [(name, value) for name, _, value in marked(Marked(), "tag")]
        [('greet', 'hello')]
    """
    members: dict[str, Any] = {}
    for cls in reversed(type(owner).__mro__):
        members.update(vars(cls))
    for name, function in members.items():
        value = getattr(function, mark, None)
        if value is not None:
            yield name, function, value
