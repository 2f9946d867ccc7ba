"""How often the base finds a reward by itself, by the number of capabilities that a task needs.

Where a task needs k capabilities that the base exercises with probability p each, it should succeed with p^k.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trace_gym.files import read_text
from trace_gym.trajectories.readers import native
from trace_trainers.compare.cells import Cell, Group, shared_folder
from trace_trainers.compare.config import CompareConfig
from trace_trainers.compare.shared import lab_of


def mined_by_k(config: CompareConfig, root: Path, model: str, pool: int) -> dict[str, dict[str, Any]]:
    """Returns the success of the mined episodes, over all seeds.

    Args:
        config: The comparison's configuration.
        root: The run folder.
        model: The base's name.
        pool: The pool's size.

    Returns:
        `n` and `success` by the number of capabilities; empty where nothing was mined.
    """
    played: dict[str, list[bool]] = {}
    for seed in config.seeds:
        group = Group(model, pool, seed)
        path = shared_folder(root, group) / "trajectories.jsonl"
        if path.exists():
            lab = lab_of(config, root, Cell("mining", group))
            env = lab.make_target("mine")
            episodes = native.read(path, read_text(path))
            for job, trajectory in zip(lab.pool.jobs(config.mining.rollouts), episodes, strict=False):
                # needs are not part of a trajectory: they would tell a labeller the answer
                env.reset(options={"index": job.index})
                played.setdefault(str(len(env.episode.task.needs)), []).append(trajectory.success)
    return {k: {"n": len(played[k]), "success": sum(played[k]) / len(played[k])} for k in sorted(played)}
