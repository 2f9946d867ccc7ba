"""The state of the benchmark's instances, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trace_gym.env.types import Json
from trace_gym.targets.bfcl.guards import walkable

_NOT_STATE = frozenset({"_random", "_flight_cost_lookup", "_api_description", "long_context"})
"""The generator of ids, a cache, and what never changes."""


def state_of(objects: Mapping[str, Any]) -> dict[str, Json]:
    """Returns the attributes of instances by class, including private ones that later calls depend on.

    Args:
        objects: BFCL's own instances, by class name.

    Example:
        >>> from types import SimpleNamespace
        >>> state_of({"TicketAPI": SimpleNamespace(queue=[{"id": 1}], _random=None)})
        {'TicketAPI': {'queue': [{'id': 1}]}}
    """
    state: dict[str, Json] = {}
    for owner, instance in objects.items():
        state[owner] = {}
        for name, value in vars(instance).items():
            if name not in _NOT_STATE:
                state[owner][name] = _plain(name, value)
    return state


def _plain(name: str, value: Any) -> Json:
    """An attribute's value as JSON."""
    if isinstance(value, dict):
        return {str(key): _plain(name, item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(name, item) for item in value]
    if isinstance(value, set):
        return sorted(value)

    if hasattr(value, "contents"):
        if name == "root":
            return _directory(value)
        # the working directory, of which the tree is in the root's already
        return _path(value)
    return value


def _directory(directory: Any) -> Json:
    """A directory's whole tree."""
    if walkable(directory):
        return _tree(directory)
    return "<endless>"


def _tree(node: Any) -> Json:
    if not hasattr(node, "contents"):
        return node.content
    return {name: _tree(inner) for name, inner in node.contents.items()}


def _path(directory: Any) -> str:
    names: list[str] = []
    # bounded, since a directory that was moved into itself is its own ancestor
    while directory is not None and len(names) < 1000:
        names.append(directory.name)
        directory = directory.parent
    return "/".join(reversed(names))
