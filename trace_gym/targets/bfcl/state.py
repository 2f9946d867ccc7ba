"""What the benchmark's instances hold, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trace_gym.env.types import Json
from trace_gym.targets.bfcl.guards import walkable

_NOT_STATE = frozenset({"_random", "_flight_cost_lookup", "_api_description", "long_context"})
"""The generator of ids, a cache, and what never changes."""


def state_of(objects: Mapping[str, Any]) -> dict[str, Json]:
    """Returns the attributes of instances by class, private ones that steer later calls included.

    Args:
        objects: BFCL's own, by class name.
    """
    state: dict[str, Json] = {}
    for owner, instance in objects.items():
        attributes = {name: value for name, value in vars(instance).items() if name not in _NOT_STATE}
        state[owner] = {name: _plain(name, value) for name, value in attributes.items()}
    return state


def _plain(name: str, value: Any) -> Json:
    if isinstance(value, dict):
        return {str(key): _plain(name, item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(name, item) for item in value]
    if isinstance(value, set):
        return sorted(value)
    if hasattr(value, "contents"):
        if name == "root":
            return _directory(value)
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
    while directory is not None and len(names) < 1000:
        names.append(directory.name)
        directory = directory.parent
    return "/".join(reversed(names))
