"""The work of a comparison: which piece comes after which, done in this process or in several."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

import torch

from trace_gym.errors import UserError
from trace_trainers.baselines.methods import METHODS
from trace_trainers.baselines.training import train_capabilities
from trace_trainers.compare.cell_run import method_config, run_cell
from trace_trainers.compare.cells import FAILED, Cell, Group, is_finished, read_record, write_record
from trace_trainers.compare.config import CompareConfig
from trace_trainers.compare.shared import lab_of, mine_group, play_base
from trace_trainers.engine.allocator import give_back_memory
from trace_trainers.workers import make_pool


@dataclass(frozen=True)
class Work:
    """A piece of work that one process does.

    Example:
        >>> Work("cell", Group("tiny", 8, 0), method="sft").name
        'tiny/pool-8/seed-0: sft'
    """

    kind: str
    """`base`, `mine`, `adapters` or `cell`."""
    group: Group
    """Its base, pool and seed."""
    method: str = ""
    """The method of a cell."""
    learning_rate: float = 0.0
    """Of adapters."""
    needs: tuple[Work, ...] = ()
    """What must be done before."""

    @property
    def name(self) -> str:
        """What is shown of it."""
        what = self.method or self.kind
        if self.kind == "adapters":
            what = f"adapters, learning rate {self.learning_rate:g}"
        return f"{self.group.name}: {what}"


def work_of(config: CompareConfig, root: Path) -> list[Work]:
    """Returns the work that is left, each piece behind what it needs.

    Args:
        config: The comparison's configuration.
        root: The run folder.
    """
    pieces: dict[Work, None] = {}
    for group in groups_of(config):
        base = Work("base", Group(group.model, 0, group.seed))
        mined = Work("mine", group)
        for method in config.methods:
            if is_finished(read_record(root, Cell(method.name, group))):
                continue
            needs = [base]
            if METHODS[method.name].needs_mining:
                needs.append(mined)
            if METHODS[method.name].needs_adapters:
                for rate in _rates(config, method.name):
                    needs.append(Work("adapters", group, learning_rate=rate, needs=(mined,)))
            for need in needs:
                pieces[need] = None
            pieces[Work("cell", group, method.name, needs=tuple(needs))] = None
    return list(pieces)


def groups_of(config: CompareConfig) -> list[Group]:
    """Returns every base, pool and seed, in the order of the configuration.

    Args:
        config: The comparison's configuration.
    """
    groups = []
    for model in config.models:
        for pool in config.pools:
            groups += [Group(model, pool, seed) for seed in config.seeds]
    return groups


def do_all(
    config: CompareConfig, root: Path, jobs: int, prepare: Callable[[], None], log: Callable[[str], None]
) -> list[str]:
    """Does the work that is left.

    Args:
        config: The comparison's configuration.
        root: The run folder.
        jobs: Processes; with one, the work is done in this one.
        prepare: Called at the start of every process; it must be importable.
        log: Is told what was done.

    Returns:
        What failed, a sentence each.

    Raises:
        UserError: If a process was killed.
    """
    pieces = work_of(config, root)
    failed: dict[Work, str] = {}
    done: set[Work] = set()
    results = _results(config, root, pieces, jobs, prepare, done, failed)
    for number, (piece, result, error) in enumerate(results, start=1):
        if error:
            failed[piece] = error
            if piece.kind == "cell":
                cell = Cell(piece.method, piece.group)
                write_record(root, cell, {"status": FAILED, "reason": error}, [])
            log(f"[{number}/{len(pieces)}] {piece.name}: failed: {error}")
        else:
            done.add(piece)
            log(f"[{number}/{len(pieces)}] {piece.name}: {result}")
    return [f"{piece.name}: {error}" for piece, error in failed.items() if piece.kind == "cell"]


def do(config: CompareConfig, root: Path, piece: Work) -> tuple[str, str]:
    """Does one piece of work.

    Args:
        config: The comparison's configuration.
        root: The run folder.
        piece: The piece.

    Returns:
        What it came to, and why it failed; one of the two is empty.
    """
    # sums differ in their last bits with the number of threads, and files must not depend on that of processes
    torch.set_num_threads(1)
    try:
        return _do(config, root, piece), ""
    except UserError as error:
        return "", str(error)
    finally:
        give_back_memory()


def _do(config: CompareConfig, root: Path, piece: Work) -> str:
    match piece.kind:
        case "base":
            played = play_base(config, root, piece.group)
            return f"{sum(trajectory.success for trajectory in played) / len(played):.1%} solved"
        case "mine":
            said: list[str] = []
            mine_group(config, root, piece.group, said.append)
            return "; ".join(line.removeprefix(f"{piece.group.name}: ").strip() for line in said) or "is there"
        case "adapters":
            lab = lab_of(config, root, Cell("adapters", piece.group))
            train_capabilities(lab, {"learning_rate": piece.learning_rate})
            return f"{len(lab.mined.envs)} trained"
    return run_cell(config, root, Cell(piece.method, piece.group))


def _results(
    config: CompareConfig,
    root: Path,
    pieces: Sequence[Work],
    jobs: int,
    prepare: Callable[[], None],
    done: set[Work],
    failed: dict[Work, str],
) -> Iterator[tuple[Work, str, str]]:
    """Yields each piece with its result or its error; the caller marks it as done or failed."""
    if jobs == 1:
        prepare()
        for piece in pieces:
            yield (piece, *(_blocked(piece, failed) or do(config, root, piece)))
        return

    left = list(pieces)
    with make_pool(jobs, prepare) as pool:
        running: dict[concurrent.futures.Future[tuple[str, str]], Work] = {}
        while left or running:
            for piece in list(left):
                blocked = _blocked(piece, failed)
                if blocked:
                    left.remove(piece)
                    yield (piece, *blocked)
                elif len(running) < jobs and done.issuperset(piece.needs):
                    left.remove(piece)
                    running[pool.submit(do, config, root, piece)] = piece
            finished, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in finished:
                yield (running.pop(future), *_result_of(future))


def _result_of(future: concurrent.futures.Future[tuple[str, str]]) -> tuple[str, str]:
    """What a process made of a piece.

    Raises:
        UserError: If it was killed.
    """
    try:
        return future.result()
    except BrokenProcessPool:
        raise UserError(
            "A process of the comparison was killed, mostly for want of memory. What is finished is kept: run the same "
            "command again, with --jobs 1 if need be."
        ) from None


def _blocked(piece: Work, failed: dict[Work, str]) -> tuple[str, str] | None:
    """The result of a piece that needs one that failed."""
    for need in piece.needs:
        if need in failed:
            return "", failed[need]
    return None


def _rates(config: CompareConfig, name: str) -> list[float]:
    """The learning rates of the adapters that a method's candidates are made of."""
    rates: dict[float, None] = {}
    for settings in method_config(config, name).candidates():
        rates[settings["learning_rate"] or config.train.learning_rate] = None
    return list(rates)
