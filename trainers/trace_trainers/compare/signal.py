"""How often the base finds a reward by itself, by the number of capabilities that a task needs.

Where a task needs k capabilities that the base exercises with probability p each, it should succeed with p^k.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trace_gym.files import read_json, read_text
from trace_gym.trajectories.readers import native
from trace_trainers.compare.cells import Cell, Group, shared_folder
from trace_trainers.compare.config import CompareConfig
from trace_trainers.compare.shared import lab_of

FILE = "mined_by_k.json"
"""What an archive has in place of the mined episodes."""


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
    solved: dict[str, int] = {}
    played: dict[str, int] = {}
    for seed in config.seeds:
        for k, counts in mined_counts(config, root, Group(model, pool, seed)).items():
            solved[k] = solved.get(k, 0) + counts["solved"]
            played[k] = played.get(k, 0) + counts["n"]
    return {k: {"n": played[k], "success": solved[k] / played[k]} for k in sorted(played)}


def mined_counts(config: CompareConfig, root: Path, group: Group) -> dict[str, dict[str, int]]:
    """Returns how many mined episodes of a group were solved.

    Args:
        config: The comparison's configuration.
        root: The run folder.
        group: The group.

    Returns:
        `n` and `solved` by the number of capabilities; empty where nothing was mined.
    """
    folder = shared_folder(root, group)
    if (folder / FILE).exists():
        archived: dict[str, dict[str, int]] = read_json(folder / FILE)
        return archived

    counts: dict[str, dict[str, int]] = {}
    path = folder / "trajectories.jsonl"
    if not path.exists():
        return counts
    lab = lab_of(config, root, Cell("mining", group))
    env = lab.make_target("mine")
    episodes = native.read(path, read_text(path))
    # a cut-off file has fewer episodes
    for job, trajectory in zip(lab.pool.jobs(config.mining.rollouts), episodes, strict=False):
        # needs are not part of a trajectory: they would tell a labeller the answer
        env.reset(options={"index": job.index})
        row = counts.setdefault(str(len(env.episode.task.needs)), {"n": 0, "solved": 0})
        row["n"] += 1
        row["solved"] += int(trajectory.success)
    return counts
