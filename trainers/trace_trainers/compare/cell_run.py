"""Running one cell: tune, make the agent at each share of the budget, play the held-out tasks, write the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trace_gym.trajectories.record import Trajectory
from trace_trainers.baselines.lab import Lab
from trace_trainers.baselines.method import Method
from trace_trainers.baselines.methods import METHODS
from trace_trainers.baselines.prompted import NOT_APPLICABLE as READS_NO_PROMPTS
from trace_trainers.baselines.prompted import reads_prompts
from trace_trainers.baselines.training import adapters_folder
from trace_trainers.compare.cells import DONE, NOT_APPLICABLE, Cell, base_file, write_record
from trace_trainers.compare.config import CompareConfig, MethodConfig
from trace_trainers.compare.ledger import Entry, entries_of, write_ledger
from trace_trainers.compare.shared import lab_of, mined_files, play_base, play_held_out
from trace_trainers.compare.tuning import tune
from trace_trainers.evaluation.agent import Agent
from trace_trainers.policies.loading import load_tokenizer


def run_cell(config: CompareConfig, root: Path, cell: Cell) -> str:
    """Runs a cell to its end, or continues it, and returns what it came to in a few words.

    Args:
        config: The comparison's configuration.
        root: The run folder.
        cell: The cell.

    Raises:
        UserError: If it cannot be done, such as where an endpoint does not answer.
    """
    method = METHODS[cell.method]
    lab = lab_of(config, root, cell)
    if method.reads_prompts and not reads_prompts(load_tokenizer(lab.model)):
        write_record(root, cell, {"status": NOT_APPLICABLE, "reason": READS_NO_PROMPTS}, [])
        return READS_NO_PROMPTS

    own = method_config(config, cell.method)
    tuned = tune(lab, method, own)
    base = play_base(config, root, cell.group)
    curve = []
    counted: dict[int, list[Entry]] = {}
    evaluation: list[Entry] = []
    for share in config.checkpoints:
        agent = method.make_agent(lab, tuned.settings, share, lab.rules.params)
        counted[share] = entries_of(agent.budget, lab.spending.files)
        path = lab.folder / "evaluation" / f"{share}.jsonl"
        played = _play(config, lab, agent, path, base)
        if not agent.note:
            evaluation += entries_of(lab.spending.episodes(f"evaluate {share} %", path), lab.spending.files)
        curve.append(
            {
                "share": share,
                "rollouts": agent.budget.total,
                "note": agent.note,
                "outcomes": "".join(str(int(trajectory.success)) for trajectory in played),
            }
        )

    last = {(entry.stage, entry.file) for entry in counted[config.checkpoints[-1]]}
    apart = {(entry.stage, entry.file): entry for entry in tuned.entries if (entry.stage, entry.file) not in last}
    ledger = write_ledger(lab.folder, counted, list(apart.values()), evaluation)
    record = {
        "status": DONE,
        "reason": curve[-1]["note"],
        "settings": dict(tuned.settings),
        "candidates": len(own.candidates()),
        "sweep": tuned.table,
        "sweep_rollouts": ledger["sweep"]["rollouts"],
        "curve": curve,
    }
    write_record(root, cell, record, _used(lab, method, own, root, cell))
    return _summary(curve)


def method_config(config: CompareConfig, name: str) -> MethodConfig:
    """Returns the settings of a method that takes part.

    Args:
        config: The comparison's configuration.
        name: The method's name.
    """
    return next(method for method in config.methods if method.name == name)


def _play(
    config: CompareConfig, lab: Lab, agent: Agent, path: Path, base: Sequence[Trajectory]
) -> Sequence[Trajectory]:
    """Plays an agent on the held-out tasks; one that is the base would only repeat the base's episodes."""
    if agent.note:
        return base
    return play_held_out(config, lab, agent.make_policy({}), path)


def _used(lab: Lab, method: Method, config: MethodConfig, root: Path, cell: Cell) -> list[Path]:
    used = [base_file(root, cell.group)]
    if method.needs_mining:
        used += mined_files(lab.shared)
    if method.needs_adapters and lab.mined.envs:
        used += {adapters_folder(lab, settings): None for settings in config.candidates()}
    return used


def _summary(curve: Sequence[dict[str, Any]]) -> str:
    last = curve[-1]
    solved = last["outcomes"].count("1") / len(last["outcomes"])
    text = f"{solved:.1%} solved after {last['rollouts']:,} rollouts"
    if last["note"]:
        text += f" ({last['note']})"
    return text
