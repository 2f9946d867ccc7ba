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
        env_id: such as `trace/ServiceDesk-v0`.
        entry_point: `package.module:Class`.
        **kwargs: JSON-able keyword arguments of the class.
    """
    spec = gym.registry.get(env_id)
    if spec is not None and spec.entry_point == entry_point and spec.kwargs == kwargs:
        return
    if spec is not None:
        del gym.registry[env_id]
    gym.register(id=env_id, entry_point=entry_point, kwargs=kwargs)


def make_env(env_id: str, **kwargs: Any) -> ToolEnv:
    """Makes the bare `ToolEnv` registered as `env_id`; `module:ns/Name-v0` imports the module first.

    Where the id is not registered, installed packs are looked through.

    Raises:
        UserError: if the id is unknown, names something that is not a `ToolEnv`, or an argument is out of range.
    """
    module, _, env_id = env_id.rpartition(":")
    if module:
        _import(module)
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
    """Returns the registered ids with a namespace, those of Gymnasium itself left out, sorted."""
    return sorted(
        env_id
        for env_id, spec in gym.registry.items()
        if "/" in env_id and isinstance(spec.entry_point, str) and not spec.entry_point.startswith("gymnasium.")
    )


def _hint(env_id: str) -> str:
    """Which id may have been meant, or which there are."""
    known = known_ids()
    short = {name.rpartition("/")[2]: name for name in known}
    near = difflib.get_close_matches(env_id, known, n=1)
    near = near or [short[name] for name in difflib.get_close_matches(env_id.rpartition("/")[2], short, n=1)]
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known ids: {', '.join(known)}. An environment of your own pack is known once the pack is installed."


def _import(module: str) -> None:
    try:
        importlib.import_module(module)
    except ImportError as error:
        raise UserError(f"The module {module!r} before the colon cannot be imported: {error}.") from None
