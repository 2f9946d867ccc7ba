"""Runs in the gate's subprocess: locks itself down, imports the emitted module, plays it, prints a JSON report."""

from __future__ import annotations

import json
import os
import resource
import sys
import warnings
from pathlib import Path
from typing import Any

_DENIED_MODULES = (
    "socket",
    "subprocess",
    "shutil",
    "ctypes",
    "pty",
    "webbrowser",
    "urllib",
    "ftplib",
    "smtplib",
    "http",
)
_DENIED_CALLS = (
    *("system", "exec", "fork", "posix_spawn", "kill", "putenv", "unsetenv"),
    *("remove", "rename", "rmdir", "mkdir", "mkfifo", "mknod", "link", "symlink", "truncate"),
    *("chmod", "chown", "chflags", "utime", "setxattr", "removexattr"),
)
_DENIED = (
    *(f"{name}." for name in (*_DENIED_MODULES, "sqlite3", "resource")),
    *(f"os.{name}" for name in _DENIED_CALLS),
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CPU_SECONDS = 100


def lock_down(memory: int) -> None:
    """Limits CPU time and memory, forbids files to grow, and denies network, processes and writing."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def deny(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and _writes(arguments[1], arguments[2]):
            raise PermissionError(f"the sandbox denies writing {arguments[0]!r}")
        if event.startswith(_DENIED):
            raise PermissionError(f"the sandbox denies {event}")

    sys.addaudithook(deny)


def _writes(mode: Any, flags: Any) -> bool:
    """Whether an `open` event could change a file: by its mode, or by its flags where there is no mode."""
    by_mode = isinstance(mode, str) and bool(set(mode) & set("wax+"))
    return by_mode or (isinstance(flags, int) and bool(flags & _WRITING))


def inspect(folder: Path, seeds: int) -> dict[str, Any]:
    """Plays the environment and reports findings with the values seen."""
    import gymnasium.logger
    from gymnasium.utils.env_checker import check_env

    from trace_gym.rollouts.play import Job, play_batch
    from trace_gym.rollouts.scripted import OraclePolicy, RandomPolicy, SilentPolicy
    from trace_gym.synthesis.load import import_env

    findings: list[str] = []
    cls = import_env(folder)
    gymnasium.logger.min_level = 30
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            check_env(cls(), skip_render_check=True)
        except Exception as error:
            findings.append(f"check_env: {type(error).__name__}: {error}")
    report: dict[str, Any] = {"findings": findings}
    jobs = [Job(index) for index in range(seeds)]
    for name, policy, low, high in (
        ("oracle", OraclePolicy(), 1.0, 1.0),
        ("silent", SilentPolicy(), 0.0, 0.2),
        ("random", RandomPolicy(), 0.0, 0.2),
    ):
        env = cls(split="train")
        played = [play_batch([env], policy, [job], seed=0, env_id="")[0] for job in jobs]
        reward = sum(t.reward for t in played) / len(played)
        report[name] = round(reward, 4)
        if not low <= reward <= high:
            findings.append(f"{name} scores {reward:.3f}, expected {low:g} to {high:g}")
    for difficulty in range(2, cls.max_difficulty + 1):
        env = cls(split="train", difficulty=difficulty)
        played = [play_batch([env], OraclePolicy(), [job], seed=0, env_id="")[0] for job in jobs[: seeds // 4 + 1]]
        unsolved = [t.task_id for t in played if not t.success]
        if unsolved:
            findings.append(f"the oracle does not solve {unsolved[0]} at difficulty {difficulty}")
    first = [cls(split="train").reset(seed=seed)[0] for seed in range(5)]
    if first != [cls(split="train").reset(seed=seed)[0] for seed in range(5)]:
        findings.append("the same seed does not give the same task")
    mine = {cls(split="mine").reset(options={"index": i})[0] for i in range(20)}
    train = {cls(split="train").reset(options={"index": i})[0] for i in range(20)}
    report["shared_requests_between_splits"] = len(mine & train)
    return report


def main() -> None:
    """Entry point: `python -m trace_gym.synthesis.sandbox FOLDER SEEDS MEMORY`, with a nonce on stdin.

    The report carries the nonce back, so that a module that prints a report of its own and exits proves nothing.
    """
    nonce = sys.stdin.readline().strip()
    folder, seeds, memory = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    import trace_gym.rollouts.play
    import trace_gym.synthesis.load  # noqa: F401  imported before the lock, so that only the module under test is new

    lock_down(memory)
    try:
        report = inspect(folder, seeds)
    except BaseException as error:
        report = {"findings": [f"{type(error).__name__}: {error}"]}
    print(json.dumps({**report, "nonce": nonce}))


if __name__ == "__main__":
    main()
