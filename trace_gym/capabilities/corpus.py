"""The corpus: every attempt of a run, prepared once, keyed, and tied to the file it came from."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from trace_gym.capabilities.attempt import Attempt, key_of
from trace_gym.env.types import Json, ToolCall
from trace_gym.errors import UserError
from trace_gym.trajectories.readers import read_trajectories
from trace_gym.trajectories.record import Trajectory

_CHUNK = 2**20
"""Bytes hashed at a time, so that a large file never stands in memory as a whole."""


@dataclass(frozen=True, order=True)
class AttemptKey:
    """The identity of an attempt within its corpus, independent of its place in the file.

    Example:
        >>> AttemptKey("trace/ServiceDesk-v0", "mine/7", trial=1)
        AttemptKey(env_id='trace/ServiceDesk-v0', task_id='mine/7', trial=1, occurrence=0)
    """

    env_id: str
    """The environment."""
    task_id: str
    """The task."""
    trial: int = 0
    """The number of the attempt at the task, as recorded."""
    occurrence: int = 0
    """0, 1, ... for attempts that agree in the three fields above, in the order of the file."""

    def to_json(self) -> dict[str, Json]:
        """Returns the four fields by name."""
        # `asdict` copies each field deeply, which for every attempt of a large file takes seconds
        return dict(vars(self))

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> AttemptKey:
        """Returns the key that `to_json` wrote.

        Args:
            value: The four fields by name.

        Raises:
            KeyError: If one is missing.
        """
        return cls(str(value["env_id"]), str(value["task_id"]), int(value["trial"]), int(value["occurrence"]))


@dataclass(frozen=True)
class Corpus:
    """All attempts of an agent, for identifying its capabilities and for mining environments.

    Built once and handed to every labeller and miner, so that all of them see the same attempts with the same
    references. Attempts are blind: reward and success are kept apart from them, in `outcomes`.

    Example:
        >>> from trace_gym.trajectories.record import Trajectory
        >>> talk = [{"role": "user", "content": "Hello"}]
        >>> attempts = [Trajectory("shop", "7", talk, r, r == 1) for r in (0.0, 1.0)]
        >>> corpus = Corpus.from_trajectories(attempts)
        >>> [(key.task_id, key.occurrence, corpus.outcomes[key]) for key in corpus.keys]
        [('7', 0, False), ('7', 1, True)]
    """

    trajectories: tuple[Trajectory, ...]
    """The records, in the order of the file."""
    attempts: tuple[Attempt, ...]
    """The same, prepared for labelling."""
    keys: tuple[AttemptKey, ...]
    """Their keys, in the same order."""
    outcomes: Mapping[AttemptKey, bool]
    """Whether each attempt succeeded."""
    sha256: str
    """SHA-256 of the file; of the digests of several files; of the records where there is no file."""
    tool_schemas: tuple[Mapping[str, Any], ...] = ()
    """The target's own OpenAI function schemas, where they were given; trajectories rarely carry them."""

    @classmethod
    def from_trajectories(
        cls,
        trajectories: Sequence[Trajectory],
        *,
        sha256: str = "",
        tool_schemas: Sequence[Mapping[str, Any]] = (),
    ) -> Corpus:
        """Prepares every attempt once.

        Args:
            trajectories: The records.
            sha256: The digest of the file they were read from; empty takes that of the records themselves.
            tool_schemas: The target's own OpenAI function schemas, where the trajectories do not carry them.
        """
        attempts = [Attempt(trajectory, trajectory.gold) for trajectory in trajectories]
        _borrow_references(trajectories, attempts)
        _mark_dead_ends(trajectories, attempts)

        if sha256 == "":
            sha256 = _digest_of_records(trajectories)
        keys = _keys(trajectories)
        outcomes = {key: trajectory.success for key, trajectory in zip(keys, trajectories, strict=True)}
        return cls(
            tuple(trajectories),
            tuple(attempts),
            keys,
            outcomes,
            sha256,
            tuple(tool_schemas),
        )

    @classmethod
    def from_file(cls, path: Path, *, tool_schemas: Sequence[Mapping[str, Any]] = ()) -> Corpus:
        """Reads trajectories in any format that `trace-gym import` understands.

        Args:
            path: A file, or a folder of files.
            tool_schemas: The target's own OpenAI function schemas, where the trajectories do not carry them.

        Raises:
            UserError: If nothing can be read there.
        """
        trajectories = read_trajectories(path)
        return cls.from_trajectories(trajectories, sha256=file_digest(path), tool_schemas=tool_schemas)

    def __len__(self) -> int:
        """Returns how many attempts there are."""
        return len(self.attempts)

    def part(self, keys: Collection[AttemptKey]) -> Corpus:
        """Returns the corpus of some of the attempts; it keeps the digest of the whole.

        Args:
            keys: The attempts.
        """
        kept = [number for number, key in enumerate(self.keys) if key in keys]
        return dataclasses.replace(
            self,
            trajectories=tuple(self.trajectories[number] for number in kept),
            attempts=tuple(self.attempts[number] for number in kept),
            keys=tuple(self.keys[number] for number in kept),
            outcomes={self.keys[number]: self.outcomes[self.keys[number]] for number in kept},
        )

    @property
    def task_names(self) -> list[str]:
        """The task of each attempt, environment included, in the order of the file."""
        return [f"{key.env_id} {key.task_id}" for key in self.keys]

    def check_origin(self, sha256: str, where: Path | str) -> None:
        """Checks that a file was made from this very corpus.

        Args:
            sha256: The digest that the file records.
            where: The file, for the message.

        Raises:
            UserError: If the digests differ.
        """
        if sha256 != self.sha256:
            raise UserError(
                f"{where}: made from trajectories with SHA-256 {sha256[:16]}..., and these have {self.sha256[:16]}...; "
                "give the same file, or run `trace-gym identify` on this one."
            )


def file_digest(path: Path) -> str:
    """Returns the SHA-256 of a file's bytes; for a folder, of the digests of all files in it, sorted by path.

    Args:
        path: A file or a folder.

    Returns:
        64 hexadecimal digits; empty if there is neither a regular file nor a folder.
    """
    if path.is_dir():
        digests = []
        # listing order differs between file systems
        for file in sorted(path.rglob("*")):
            if file.is_file():
                digests.append(file_digest(file))
        return hashlib.sha256("\n".join(digests).encode()).hexdigest()
    if not path.is_file():
        # a pipe can be read only once, and was; its records have a digest too
        return ""

    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for chunk in iter(partial(stream.read, _CHUNK), b""):
            digest.update(chunk)
    return digest.hexdigest()


def _digest_of_records(trajectories: Sequence[Trajectory]) -> str:
    digest = hashlib.sha256()
    for trajectory in trajectories:
        line = json.dumps(trajectory.to_json(), sort_keys=True, ensure_ascii=False)
        # models do write lone surrogates, which plain UTF-8 cannot encode
        digest.update(line.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()


def _keys(trajectories: Sequence[Trajectory]) -> tuple[AttemptKey, ...]:
    # merged logs repeat a task and trial, so these two alone would give one attempt another's label
    seen: Counter[tuple[str, str, int]] = Counter()
    keys = []
    for trajectory in trajectories:
        name = (trajectory.env_id, trajectory.task_id, trajectory.trial)
        keys.append(AttemptKey(*name, occurrence=seen[name]))
        seen[name] += 1
    return tuple(keys)


def _borrow_references(trajectories: Sequence[Trajectory], attempts: Sequence[Attempt]) -> None:
    """Gives attempts at tasks without gold calls the successful calls of the first other attempt that solved the task.

    With a single success, that attempt alone would lack a reference, and the missing label would betray the outcome;
    then no attempt at the task gets one.
    """
    solvers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, trajectory in enumerate(trajectories):
        if trajectory.success:
            solvers[trajectory.env_id, trajectory.task_id].append(number)

    # a solver's calls serve many attempts, so refused ones are dropped once
    calls_of: dict[int, list[ToolCall]] = {}
    for number, trajectory in enumerate(trajectories):
        solved = solvers[trajectory.env_id, trajectory.task_id]
        if trajectory.gold is not None or len(solved) < 2:
            continue

        peer = solved[0]
        if peer == number:
            peer = solved[1]
        if peer not in calls_of:
            calls_of[peer] = [event.call for event in attempts[peer].calls if not event.error]
        attempts[number].reference = calls_of[peer]


def _mark_dead_ends(trajectories: Sequence[Trajectory], attempts: Sequence[Attempt]) -> None:
    """Finds the calls that came to nothing whenever somebody made them at a task.

    Some references make such calls; nobody lacks anything who leaves them out.
    """
    refused: dict[tuple[str, str], set[str]] = defaultdict(set)
    done: dict[tuple[str, str], set[str]] = defaultdict(set)
    for trajectory, attempt in zip(trajectories, attempts, strict=True):
        for event in attempt.calls:
            outcome = refused if event.error else done
            outcome[trajectory.env_id, trajectory.task_id].add(key_of(event.call))

    for trajectory, attempt in zip(trajectories, attempts, strict=True):
        task = (trajectory.env_id, trajectory.task_id)
        attempt.dead_ends = frozenset(refused[task] - done[task])
