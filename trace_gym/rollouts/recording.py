"""Recording an episode as (spec, seed, actions) with what came back, and executing it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import EnvSpec

from trace_gym.env.types import Json
from trace_gym.errors import UserError

SCHEMA = "trace-gym/recording"
VERSION = 1


@dataclass
class Recording:
    """One episode of any environment whose spec is JSON-able and whose actions are.

    Example:
        >>> recording = Recording("{}", seed=0, options={}, actions=["Done."])
        >>> recording.to_json()["schema"]
        'trace-gym/recording'
    """

    spec: str
    """The environment's spec as JSON, wrappers included."""
    seed: int | None
    """What `reset` was seeded with."""
    options: dict[str, Json]
    """What `reset` was told."""
    actions: list[Json]
    """The actions, in order."""
    outcomes: list[dict[str, Json]] = field(default_factory=list)
    """What `reset` and each `step` returned; of `info`, a digest."""

    def to_json(self) -> dict[str, Json]:
        """Returns the file's content."""
        return {"schema": SCHEMA, "version": VERSION, **vars(self)}

    @classmethod
    def from_json(cls, value: Any, where: str) -> Recording:
        """Reads what `to_json` wrote.

        Args:
            value: The parsed file.
            where: Its name, for messages.

        Raises:
            UserError: If it is something else, or of another version.
        """
        if not isinstance(value, Mapping) or value.get("schema") != SCHEMA:
            raise UserError(f"{where}: is not a recording (schema {SCHEMA!r}).")
        if value.get("version") != VERSION:
            raise UserError(f"{where}: version {value.get('version')!r}, this program reads version {VERSION}.")

        try:
            return cls(**{key: value[key] for key in ("spec", "seed", "options", "actions", "outcomes")})
        except KeyError as missing:
            raise UserError(f"{where}: the recording has no {missing}.") from None


def record(
    env: gym.Env[Any, Any],
    actions: Sequence[Any],
    *,
    seed: int | None = None,
    options: Mapping[str, Json] | None = None,
) -> Recording:
    """Plays `actions`, up to the end of the episode, and records what comes back.

    Args:
        env: Made by `gym.make`, so that it has a spec.
        actions: JSON-able actions, or NumPy numbers and arrays.
        seed: Of `reset`.
        options: Of `reset`.

    Raises:
        ValueError: If the environment has no spec, or the spec is not JSON-able.
    """
    if env.spec is None:
        raise ValueError("The environment has no spec; make it with gym.make.")
    found = Recording(env.spec.to_json(), seed, dict(options or {}), [_plain(action) for action in actions])
    found.outcomes = _play(env, found)
    found.actions = found.actions[: len(found.outcomes) - 1]
    return found


def replay(recording: Recording) -> str | None:
    """Executes a recording again.

    Args:
        recording: What was recorded.

    Returns:
        None when everything came back the same, else one sentence that says where and how it differs first.
    """
    outcomes = _play(gym.make(EnvSpec.from_json(recording.spec)), recording)
    for number, (then, now) in enumerate(zip(recording.outcomes, outcomes, strict=False)):
        for key in then.keys() | now.keys():
            if then.get(key) != now.get(key):
                if number == 0:
                    place = "reset"
                else:
                    place = f"step {number}"
                return f"{place}: {key} was {_short(then.get(key))}, is now {_short(now.get(key))}."

    if len(outcomes) != len(recording.outcomes):
        return f"the episode had {len(recording.outcomes) - 1} steps, has now {len(outcomes) - 1}."
    return None


def _play(env: gym.Env[Any, Any], recording: Recording) -> list[dict[str, Json]]:
    observation, info = env.reset(seed=recording.seed, options=recording.options or None)
    outcomes: list[dict[str, Json]] = [{"observation": _plain(observation), "info": _digest(info)}]
    for action in recording.actions:
        observation, reward, terminated, truncated, info = env.step(action)
        outcomes.append(
            {
                "observation": _plain(observation),
                "reward": float(reward),
                "terminated": bool(terminated),
                "truncated": bool(truncated),
                "info": _digest(info),
            }
        )
        if terminated or truncated:
            break

    return outcomes


def _plain(value: Any) -> Json:
    """Turns NumPy values into JSON ones."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value


def _digest(info: Mapping[str, Any]) -> str:
    text = json.dumps(_plain(info), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _short(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= 120:
        return text
    return text[:117] + "..."
