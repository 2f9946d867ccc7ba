"""A whole comparison in one folder, continued where an earlier call was cut off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from trace_gym.env.registration import make_env
from trace_gym.env.task_indices import TaskIndices
from trace_gym.errors import UserError
from trace_gym.files import write_atomic
from trace_gym.synthesis.synthesizers import synthesizer_named
from trace_trainers.compare.cells import Cell
from trace_trainers.compare.comparison import write_comparison
from trace_trainers.compare.config import CompareConfig
from trace_trainers.compare.results import check_cells
from trace_trainers.compare.run_folder import check_owner, claim
from trace_trainers.compare.shared import lab_of, write_held_out
from trace_trainers.compare.tables import render_comparison
from trace_trainers.compare.work import do_all, groups_of
from trace_trainers.policies.loading import load_tokenizer

TABLES = "tables.md"
"""The tables, within the run folder."""


def compare(
    config: CompareConfig, root: Path, jobs: int, prepare: Callable[[], None], log: Callable[[str], None]
) -> tuple[dict[str, Any], list[str]]:
    """Runs every cell that is not finished, and writes `comparison.json` and the tables.

    Args:
        config: The configuration.
        root: The run folder.
        jobs: Processes.
        prepare: Called at the start of every process; it must be importable.
        log: Is told what was done.

    Returns:
        The content of `comparison.json`, and a sentence for each cell that failed.

    Raises:
        UserError: If nothing can be begun, or a finished cell's files were changed.
    """
    # fail before the first stage, not after hours, if the configuration cannot work
    _check(config, root)
    claim(root, config)
    check_cells(config, root)
    write_held_out(config, root)
    failed = do_all(config, root, jobs, prepare, log)
    return tabulate(config, root), failed


def tabulate(config: CompareConfig, root: Path) -> dict[str, Any]:
    """Writes `comparison.json` and the tables from the cells that are finished.

    Args:
        config: The configuration.
        root: The run folder.

    Returns:
        The content of `comparison.json`.

    Raises:
        UserError: If the folder holds no comparison, or a finished cell's files were changed.
    """
    check_owner(root, config)
    check_cells(config, root)
    comparison = write_comparison(config, root)
    write_atomic(root / TABLES, render_comparison(comparison))
    return comparison


def _check(config: CompareConfig, root: Path) -> None:
    synthesizer_named(config.synthesizer)
    for name in config.models:
        load_tokenizer(config.model_path(name))
    env = make_env(config.target, split=config.evaluate.split, difficulty=config.difficulty, **config.target_args)
    TaskIndices.of(env).evaluation(config.evaluate.tasks)
    for group in groups_of(config):
        # draws the pool, and refuses one that the target has no tasks for
        lab = lab_of(config, root, Cell("check", group))
        count = lab.pool.count
        if count is not None and count < 1:
            raise UserError(f"The pool of {group.pool} tasks leaves none to learn from; lower validation.share.")
