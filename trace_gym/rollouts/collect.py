"""Collecting many episodes into a JSONL file: resumable after a kill, and one bad episode never stops the rest."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from trace_gym.console.progress import Progress
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.types import Json
from trace_gym.errors import UserError
from trace_gym.rollouts.play import EnvError, Job, play_batch
from trace_gym.rollouts.policy import Policy
from trace_gym.trajectories.readers import native
from trace_gym.trajectories.record import SCHEMA, Trajectory

_FIRST_BYTES = json.dumps({"schema": SCHEMA})[:-1].encode()


def collect(
    out: Path,
    make_env: Callable[[], ToolEnv],
    policy: Policy,
    jobs: Sequence[Job],
    *,
    env_id: str,
    seed: int,
    batch_size: int = 64,
    settings: Mapping[str, Json] | None = None,
    label: str = "rollouts",
) -> list[Trajectory]:
    """Plays `jobs` and appends their trajectories to `out`; returns all, with those that were there before.

    Batches are fixed slices of `jobs`, so an interrupted run continues with the same batches and ends with the same
    bytes. An episode whose environment raises is recorded with its `error` and reward 0.

    Args:
        out: The JSONL file; a partial last line left by a kill is dropped.
        make_env: Makes one environment of the split to play.
        policy: The policy that acts.
        jobs: The episodes to play, in the order of the file.
        env_id: The environment's id, written into the records.
        seed: Seeds the policy's sampling; written into the records.
        batch_size: Episodes played in step, >= 1.
        settings: The policy's settings, such as its temperature; written into the records and compared on resuming.
        label: The progress bar's label.

    Raises:
        UserError: If `out` cannot be written, or holds something else, such as another run; it is left as it is.
    """
    _check_arguments(out, batch_size)
    if not jobs:
        return []

    envs = [make_env() for _ in range(min(batch_size, len(jobs)))]
    _check_tasks(envs[0], jobs)
    settings = dict(settings or {}) | {"difficulty": envs[0].difficulty}
    done = _repair(out, _record(envs[0], jobs[0], policy, seed=seed, env_id=env_id, settings=settings), jobs)

    progress = Progress(label, len(jobs))
    trajectories: list[Trajectory] = []
    successes = 0
    for start in range(0, len(jobs), batch_size):
        batch = jobs[start : start + batch_size]
        ready = done[start : start + len(batch)]
        if len(ready) < len(batch):
            # the whole batch again, for the policy may have shared work between its episodes
            played = _play_safely(envs, policy, batch, seed=seed, env_id=env_id, settings=settings)
            _append(out, played[len(ready) :])
            ready += played[len(ready) :]

        trajectories.extend(ready)
        successes += sum(trajectory.success for trajectory in ready)
        progress.advance(len(batch), f"success {successes / len(trajectories):.0%}")

    progress.close()
    return trajectories


def _check_arguments(out: Path, batch_size: int) -> None:
    if batch_size < 1:
        raise UserError(f"batch_size must be >= 1, got {batch_size}.")
    if out.is_dir():
        raise UserError(f"{out}: cannot be written, it is a folder; name a .jsonl file.")


def _check_tasks(env: ToolEnv, jobs: Sequence[Job]) -> None:
    """Fails before the first episode is played if the split has too few tasks; endless splits have no count."""
    last = max(job.index for job in jobs)
    if env.task_count is not None and last >= env.task_count:
        raise UserError(
            f"The split {env.split!r} has {env.task_count} tasks, and {last + 1} were asked for; ask for "
            f"{env.task_count} or fewer, or for more trials of each."
        )


def _play_safely(
    envs: Sequence[ToolEnv],
    policy: Policy,
    batch: Sequence[Job],
    *,
    seed: int,
    env_id: str,
    settings: dict[str, Json],
) -> list[Trajectory]:
    """Plays a batch; if an environment raises, plays its episodes one by one and records those that fail again."""
    try:
        trajectories = play_batch(envs, policy, batch, seed=seed, env_id=env_id)
    except EnvError:
        # keys are reused, and what the policy keeps would be taken for the episodes that follow
        policy.finish(range(len(batch)))
        trajectories = _play_one_by_one(envs[0], policy, batch, seed=seed, env_id=env_id, settings=settings)

    for trajectory in trajectories:
        trajectory.settings = settings
    return trajectories


def _play_one_by_one(
    env: ToolEnv, policy: Policy, batch: Sequence[Job], *, seed: int, env_id: str, settings: dict[str, Json]
) -> list[Trajectory]:
    trajectories = []
    for job in batch:
        try:
            trajectories += play_batch([env], policy, [job], seed=seed, env_id=env_id)
        except EnvError as error:
            policy.finish([0])
            broken = _record(env, job, policy, seed=seed, env_id=env_id, settings=settings)
            broken.error = str(error)
            trajectories.append(broken)

    return trajectories


def _record(env: ToolEnv, job: Job, policy: Policy, *, seed: int, env_id: str, settings: dict[str, Json]) -> Trajectory:
    """The record of an episode that has not been played."""
    return Trajectory(
        env_id=env_id,
        task_id=f"{env.split}/{job.index}",
        trial=job.trial,
        split=env.split,
        seed=seed,
        messages=[],
        reward=0.0,
        success=False,
        policy=policy.policy_id,
        settings=settings,
    )


def _repair(out: Path, wanted: Trajectory, jobs: Sequence[Job]) -> list[Trajectory]:
    """Reads the episodes already played and drops a last line that a kill left unfinished.

    A file with anything else in it is refused and left as it is.
    """
    if not out.exists():
        return []

    data = out.read_bytes()
    # every record ends with a line feed
    whole = data[: data.rfind(b"\n") + 1]
    if not data.startswith(_FIRST_BYTES[: len(data)]):
        raise UserError(f"{out}: is not a trace-gym trajectories file; choose another --out.")

    done = list(native.read(out, whole.decode()))
    for trajectory, job in zip(done, jobs, strict=False):
        wanted.task_id = f"{wanted.split}/{job.index}"
        wanted.trial = job.trial
        for name in ("env_id", "task_id", "trial", "seed", "policy", "settings"):
            actual = getattr(trajectory, name)
            expected = getattr(wanted, name)
            if actual != expected:
                raise UserError(
                    f"{out}: holds episodes with {name} {actual!r}, expected {expected!r}; choose another --out."
                )

    if len(whole) < len(data):
        with out.open("r+b") as stream:
            stream.truncate(len(whole))

    return done


def _append(out: Path, trajectories: Sequence[Trajectory]) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        lines = "".join(json.dumps(t.to_json(), ensure_ascii=False) + "\n" for t in trajectories)
        with out.open("a", encoding="utf-8") as stream:
            stream.write(lines)
            stream.flush()
            # a batch is done when it survives a power cut: resuming trusts what the file holds
            os.fsync(stream.fileno())
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror}); the episodes before are kept.") from None
