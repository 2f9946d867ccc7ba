"""Recordings of single Gymnasium episodes (spec, seed, actions, outcomes), and executing them again.

They cover any environment with JSON-able actions, text or not; `trace_gym.rollouts.replay` is about the trajectories
of policies in tool environments.
"""

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
    """One episode of an environment whose spec and actions are JSON-able.

    Example:
        >>> recording = Recording("{}", seed=0, options={}, actions=["Done."])
        >>> recording.to_json()["schema"]
        'trace-gym/recording'
    """

    spec: str
    """The environment's spec as JSON, wrappers included."""
    seed: int | None
    """The seed of `reset`."""
    options: dict[str, Json]
    """The options of `reset`."""
    actions: list[Json]
    """The actions, in order."""
    outcomes: list[dict[str, Json]] = field(default_factory=list)
    """What `reset` and each `step` returned; of `info` a digest, for it may hold a whole conversation."""

    def to_json(self) -> dict[str, Json]:
        """Returns the file's content."""
        return {"schema": SCHEMA, "version": VERSION, **vars(self)}

    @classmethod
    def from_json(cls, value: Any, where: str) -> Recording:
        """Reads what `to_json` wrote.

        Args:
            value: The parsed file.
            where: The file's name, for messages.

        Raises:
            UserError: If it is not a recording, or has another version.
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
    """Plays actions up to the end of the episode and records what the environment returns.

    Args:
        env: An environment made by `gym.make`, which gives it a spec.
        actions: JSON-able actions, or NumPy numbers and arrays.
        seed: The seed for `reset`.
        options: The options for `reset`.

    Raises:
        ValueError: If the environment has no spec, or the spec is not JSON-able.

    Example:
        >>> recording = record(gym.make("CartPole-v1"), [0, 1, 1], seed=0)
        >>> len(recording.outcomes), replay(recording)
        (4, None)
    """
    if env.spec is None:
        raise ValueError("The environment has no spec; make it with gym.make.")

    recording = Recording(env.spec.to_json(), seed, dict(options or {}), [_plain(action) for action in actions])
    recording.outcomes = _play(env, recording)
    # the first outcome is that of `reset`; actions after the end were not taken
    recording.actions = recording.actions[: len(recording.outcomes) - 1]
    return recording


def replay(recording: Recording) -> str | None:
    """Executes a recording again in a new environment made from its spec.

    Args:
        recording: What was recorded.

    Returns:
        None if all outcomes are the same, else one sentence with the first difference.

    Raises:
        UserError: If no environment can be made from the spec.
    """
    outcomes = _play(_made(recording.spec), recording)
    for number, (then, now) in enumerate(zip(recording.outcomes, outcomes, strict=False)):
        if number == 0:
            place = "reset"
        else:
            place = f"step {number}"

        # a union of dicts keeps their order, one of key sets would not
        for key in then | now:
            if then.get(key) != now.get(key):
                return f"{place}: {key} was {_short(then.get(key))}, is now {_short(now.get(key))}."

    if len(outcomes) != len(recording.outcomes):
        return f"the episode had {len(recording.outcomes) - 1} steps, has now {len(outcomes) - 1}."
    return None


def _made(spec: str) -> gym.Env[Any, Any]:
    try:
        return gym.make(EnvSpec.from_json(spec))
    except (ImportError, KeyError, TypeError, ValueError, gym.error.Error) as error:
        raise UserError(
            f"No environment can be made from the recording's spec ({error!s:.120}); record anew."
        ) from None


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
    """A value with its NumPy numbers and arrays as JSON has them."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value


def _digest(info: Mapping[str, Any]) -> str:
    # sorted, for the order of keys is no property of an episode
    text = json.dumps(_plain(info), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _short(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= 120:
        return text
    return text[:117] + "..."
