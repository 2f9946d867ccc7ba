"""Where generated code runs before it is trusted: a process that locks itself down, checks the module, and reports.

Started by the gate as `python -m trace_gym.synthesis.worker FOLDER TASKS MEMORY SECONDS CHECKS`, with a nonce on stdin;
CHECKS is `all`, or `digest` for nothing but the digest of what the environment shows.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

# everything that the checks need is imported before the lock, so that only the module under test is new
from trace_gym.checks.conformance import check
from trace_gym.checks.subject import Subject, fingerprints
from trace_gym.env.registration import register_env
from trace_gym.env.tool_env import ToolEnv
from trace_gym.synthesis.load import import_env
from trace_gym.synthesis.lockdown import lock_down
from trace_gym.synthesis.manifest import read_manifest

_DIGEST_TASKS = 4
_UNDER_TEST: list[type[ToolEnv]] = []


def make_under_test(**kwargs: Any) -> ToolEnv:
    """Makes the environment that this process checks; its entry point here.

    Args:
        **kwargs: Arguments of the environment.
    """
    return _UNDER_TEST[0](**kwargs)


def inspect(folder: Path, tasks: int, what: str) -> dict[str, Any]:
    """Imports an environment and runs the checks of `trace-gym check` on it.

    Args:
        folder: As `emitter.emit` returns it.
        tasks: Tasks looked at per split.
        what: `all`, or `digest`.

    Returns:
        `findings`, `checks` and `learnability` as `check` reports them, and `digest` of what the environment shows.
    """
    env_id = read_manifest(folder).env_id
    _UNDER_TEST[:] = [import_env(folder)]
    register_env(env_id, "trace_gym.synthesis.worker:make_under_test")
    if what == "digest":
        return {"findings": [], "digest": _digest(env_id)}

    # checks that start processes are the gate's: it starts this worker twice
    report = check(env_id, tasks=tasks, starts_processes=False)
    result = {
        "findings": [finding.to_json() for finding in report.findings],
        "checks": report.checks,
        "learnability": report.learnability,
    }

    if report.ok:
        result["digest"] = _digest(env_id)
    return result


def _digest(env_id: str) -> list[str]:
    return list(fingerprints(Subject(env_id).make(), range(_DIGEST_TASKS)))


def main() -> None:
    """Locks down, inspects, and prints a JSON report.

    The report carries the nonce back, so that a module that prints a report of its own and exits proves nothing.
    """
    # read before anything of the module runs, which could read it otherwise
    nonce = sys.stdin.readline().strip()
    folder = Path(sys.argv[1])
    tasks, memory, seconds = map(int, sys.argv[2:5])
    lock_down(memory, seconds)

    try:
        report = inspect(folder, tasks, sys.argv[5])
    except BaseException as error:
        # a SystemExit of the module too: it must not end the checks in silence
        sentence = f"{type(error).__name__}: {error}"
        report = {"findings": [{"check": "import", "severity": "error", "sentence": sentence}]}

    print(json.dumps({**report, "nonce": nonce}))


if __name__ == "__main__":
    # by its real name: the registered entry point must find the same module again
    from trace_gym.synthesis import worker

    worker.main()
