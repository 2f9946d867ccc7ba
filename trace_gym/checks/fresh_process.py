"""A fresh process must show the same, with other string hashes and so with another order of sets."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator

import gymnasium as gym
from gymnasium.envs.registration import EnvSpec

from trace_gym.checks.determinism import INDICES
from trace_gym.checks.finding import Finding
from trace_gym.checks.subject import Subject, fingerprints

_HASH_SEED = "4242"
# the parent's path comes first: the module under test, or trace_gym itself, may be importable by it alone
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from trace_gym.checks.fresh_process import main; main(*sys.argv[2:])"
)


def processes(subject: Subject) -> Iterator[Finding]:
    """Checks that a process with another PYTHONHASHSEED shows the same.

    Yields:
        `determinism.process`.
    """
    expected = list(fingerprints(subject.make(), INDICES))
    finished = _run_fresh(subject)

    if finished.returncode:
        # the last line of a traceback names the error
        lines = finished.stderr.strip().splitlines() or ["no message"]
        yield Finding("determinism.process", f"A fresh process cannot make and play the environment: {lines[-1]}.")
    # the last line alone, as importing the module may print, too
    elif json.loads(finished.stdout.splitlines()[-1]) != expected:
        yield Finding(
            "determinism.process",
            "A fresh process with another PYTHONHASHSEED shows something else; sort sets, and do not show hash() of "
            "text.",
        )


def main(spec_json: str, kwargs_json: str, modules_json: str) -> None:
    """Prints the fingerprints of an environment as JSON; runs in the fresh process.

    Args:
        spec_json: The environment's `EnvSpec`.
        kwargs_json: Keyword arguments passed on to the environment.
        modules_json: Names of modules to import before the environment is made.
    """
    # these may register environments, the one under test included, so its spec goes in afterwards
    for module in json.loads(modules_json):
        importlib.import_module(module)
    spec = EnvSpec.from_json(spec_json)
    gym.registry[spec.id] = spec

    env = Subject(spec.id, kwargs=json.loads(kwargs_json)).make()
    print(json.dumps(list(fingerprints(env, INDICES))))


def _run_fresh(subject: Subject) -> subprocess.CompletedProcess[str]:
    spec = gym.registry[subject.env_id]
    modules = []
    if isinstance(spec.entry_point, str):
        modules.append(spec.entry_point.split(":")[0])

    arguments = [json.dumps(sys.path), spec.to_json(), json.dumps(subject.kwargs), json.dumps(modules)]
    return subprocess.run(
        [sys.executable, "-c", _START, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": _HASH_SEED},
    )
