"""What Gymnasium asks of a single environment: its own checker, specs that round-trip, plain infos."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator

import gymnasium as gym
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env

from trace_gym.checks.finding import Finding, first_line
from trace_gym.checks.playing import solve
from trace_gym.checks.subject import Subject


def checker(subject: Subject) -> Iterator[Finding]:
    """Runs Gymnasium's `check_env`, with warnings as errors.

    Yields:
        `gymnasium.check_env`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            check_env(subject.make())
    except (Exception, Warning) as error:
        yield Finding("gymnasium.check_env", f"Gymnasium's check_env reports: {first_line(error)}.")


def info(subject: Subject) -> Iterator[Finding]:
    """Checks that infos are JSON-able and hold no None, which vector environments cannot batch.

    Yields:
        `gymnasium.info`.
    """
    for entry in solve(subject.make(), 0).infos:
        for key, value in entry.items():
            if value is None:
                yield Finding("gymnasium.info", f"info[{key!r}] is None; leave the key out instead.")
                return

        try:
            json.dumps(entry, allow_nan=False)
        except (TypeError, ValueError) as error:
            yield Finding("gymnasium.info", f"info is not JSON-able ({first_line(error)}); put plain values there.")
            return


def spec(subject: Subject) -> Iterator[Finding]:
    """Checks that the spec survives JSON and makes the same environment.

    Yields:
        `gymnasium.spec`.
    """
    entry_point = gym.registry[subject.env_id].entry_point
    if not isinstance(entry_point, str):
        yield Finding(
            "gymnasium.spec",
            f"The entry point is {entry_point!r}, expected text 'module:Class'; use register_env.",
        )
        return

    env = gym.make(subject.env_id, **subject.kwargs)
    assert env.spec is not None  # gym.make sets it
    try:
        restored = gym.make(EnvSpec.from_json(env.spec.to_json()))
    except (TypeError, ValueError, gym.error.Error) as error:
        yield Finding("gymnasium.spec", f"The spec does not survive JSON ({first_line(error)}); use JSON-able kwargs.")
        return

    if restored.reset(seed=1)[0] != env.reset(seed=1)[0]:
        yield Finding(
            "gymnasium.spec",
            "The spec read back from JSON makes an environment that shows something else; pass all settings as kwargs.",
        )
