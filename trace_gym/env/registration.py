"""Registration and making of environments by id, with one clear sentence when an id is unknown."""

from __future__ import annotations

import difflib
import importlib
from typing import Any

import gymnasium as gym

from trace_gym.env.discovery import discover
from trace_gym.env.tool_env import ToolEnv
from trace_gym.errors import UserError


def register_env(env_id: str, entry_point: str, **kwargs: Any) -> None:
    """Registers an environment by string entry point; registering the same again changes nothing.

    Args:
        env_id: Such as `trace/ServiceDesk-v0`.
        entry_point: `package.module:Class`.
        **kwargs: JSON-able keyword arguments of the class.

    Example:
        >>> register_env("docs/Desk-v0", "trace_gym.targets.service_desk.env:ServiceDesk", split="mine")
        >>> make_env("docs/Desk-v0").split
        'mine'
    """
    spec = gym.registry.get(env_id)
    if spec is not None and spec.entry_point == entry_point and spec.kwargs == kwargs:
        return
    if spec is not None:
        # Gymnasium warns when an id is registered over another
        del gym.registry[env_id]
    gym.register(id=env_id, entry_point=entry_point, kwargs=kwargs)


def make_env(env_id: str, **kwargs: Any) -> ToolEnv:
    """Makes the bare `ToolEnv` of an id; where the id is not registered, installed packs are looked through.

    Args:
        env_id: A registered id; `module:ns/Name-v0` imports the module first.
        **kwargs: Arguments of the environment, such as `split` and `difficulty`.

    Raises:
        UserError: If the id is unknown, names something that is not a `ToolEnv`, or an argument is out of range.

    Example:
        >>> make_env("trace/ServiceDesk-v0", split="evaluate").split
        'evaluate'
    """
    module, _, env_id = env_id.rpartition(":")
    if module:
        _import(module)
    # only now, since importing every installed pack may take seconds
    if env_id not in gym.registry:
        discover()
    if env_id not in gym.registry:
        raise UserError(f"Unknown environment id {env_id!r}; {_hint(env_id)}")

    try:
        env = gym.make(env_id, **kwargs).unwrapped
    except (ValueError, TypeError) as error:
        raise UserError(f"{env_id}: cannot be made: {error}") from None
    if not isinstance(env, ToolEnv):
        raise UserError(f"{env_id!r} is a {type(env).__name__}, not a trace_gym.ToolEnv.")
    return env


def known_ids() -> list[str]:
    """Returns the registered ids with a namespace, those of Gymnasium itself left out, sorted.

    Example:
        >>> "trace/ServiceDesk-v0" in known_ids()
        True
    """
    ids = []
    for env_id, spec in gym.registry.items():
        entry_point = spec.entry_point
        is_gymnasiums = not isinstance(entry_point, str) or entry_point.startswith("gymnasium.")
        if "/" in env_id and not is_gymnasiums:
            ids.append(env_id)
    return sorted(ids)


def _hint(env_id: str) -> str:
    """Which id may have been meant, or which there are."""
    known = known_ids()
    near = difflib.get_close_matches(env_id, known, n=1)
    if not near:
        # the namespace is easily forgotten or misspelled, and weighs as much as the name in a comparison
        id_by_name = {known_id.rpartition("/")[2]: known_id for known_id in known}
        for name in difflib.get_close_matches(env_id.rpartition("/")[2], id_by_name, n=1):
            near.append(id_by_name[name])
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known ids: {', '.join(known)}. An environment of your own pack is known once the pack is installed."


def _import(module: str) -> None:
    try:
        importlib.import_module(module)
    except ImportError as error:
        raise UserError(f"The module {module!r} before the colon cannot be imported: {error}.") from None
