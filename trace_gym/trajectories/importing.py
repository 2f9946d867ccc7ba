"""Bringing files of many formats together: counts per file, what cannot be used, and trials that stay distinct."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trace_gym.trajectories.episode_error import EpisodeError, UnknownFormatError
from trace_gym.trajectories.readers import opened
from trace_gym.trajectories.readers.inputs import Input
from trace_gym.trajectories.readers.reader import Options
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.writer import to_line

_ONE_A_FILE = frozenset({"agentdojo"})
"""Formats with one episode a file: a folder of them is counted as one."""


@dataclass
class FileCount:
    """What one file held.

    Example:
        >>> FileCount(Path("runs.jsonl"), "trace-gym", read=3, solved=1).bad
        0
    """

    path: Path
    """The file, or the folder of files with one episode each."""
    format: str
    """Its format's name, empty when unknown."""
    read: int = 0
    """Episodes that can be used."""
    bad: int = 0
    """Episodes that cannot; a file that cannot be read on counts as one."""
    solved: int = 0
    """Successes among those read."""
    models: set[str] = field(default_factory=set)
    """Who acted."""
    attempts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Episodes by environment and task."""


class Import:
    """Reads several files into one stream of trajectories, and counts.

    Trials stay distinct: an episode whose environment, task and trial an earlier one holds gets the first free trial
    of that task, and one that is equal in everything to an episode of an earlier file is left out.

    Example:
        >>> Import(tell=print).files
        []
    """

    def __init__(self, *, name: str = "", options: Options | None = None, tell: Callable[[str], None]) -> None:
        """Starts with nothing read.

        Args:
            name: The format, as for `iter_episodes`.
            options: As for `iter_episodes`.
            tell: Gets a line for each bad episode and each file passed over.
        """
        self._name = name
        self._options = options
        self._tell = tell
        self.files: list[FileCount] = []
        """One a file, in the order read."""
        self.bad = self.renumbered = self.repeated = self.passed_over = 0
        # most tasks have one trial, and a set of one is large
        self._trials: dict[tuple[str, str], int | set[int]] = {}

        self._seen: dict[bytes, int] = {}

    @property
    def read(self) -> int:
        """Episodes given out."""
        return sum(count.read for count in self.files)

    def trajectories(self, inputs: Sequence[Input]) -> Iterator[Trajectory]:
        """Yields what can be used of all files.

        Args:
            inputs: What to read, in order.
        """
        several = len(inputs) > 1
        for number, one in enumerate(inputs):
            try:
                with opened(one.path, name=self._name, options=self._options) as (reader, episodes):
                    count = self._count_of(one, reader.NAME)
                    for episode in episodes:
                        if isinstance(episode, EpisodeError):
                            self._refuse(count, episode)
                        elif not (several and self._is_repeated(episode, number)):
                            task = self._keep_distinct(episode)
                            _add(count, task, episode)
                            yield episode
            except UnknownFormatError as error:
                if not one.found:
                    self._refuse(self._count_of(one, ""), error)
                    continue
                self.passed_over += 1
                self._tell(f"passed over: {str(error).split('; expected')[0]}")
            except EpisodeError as error:
                self._refuse(self._count_of(one, ""), error)

    def _count_of(self, one: Input, name: str) -> FileCount:
        if one.found and name in _ONE_A_FILE:
            path = one.given
        else:
            path = one.path
        for count in self.files:
            if (count.path, count.format) == (path, name):
                return count
        self.files.append(FileCount(path, name))
        return self.files[-1]

    def _refuse(self, count: FileCount, error: EpisodeError) -> None:
        count.bad += 1
        self.bad += 1
        self._tell(f"bad: {error}")

    def _is_repeated(self, trajectory: Trajectory, number: int) -> bool:
        """Whether an earlier file holds the same episode; within a file equal attempts are attempts."""
        digest = hashlib.blake2b(to_line(trajectory).encode(), digest_size=16).digest()
        repeated = self._seen.setdefault(digest, number) != number
        self.repeated += repeated
        return repeated

    def _keep_distinct(self, trajectory: Trajectory) -> tuple[str, str]:
        """Gives an episode a free trial if its own is taken; returns its environment and task."""
        task = (sys.intern(trajectory.env_id), trajectory.task_id)
        taken = self._trials.get(task)
        if taken is None:
            self._trials[task] = trajectory.trial
            return task

        if isinstance(taken, int):
            taken = self._trials[task] = {taken}
        if trajectory.trial in taken:
            trajectory.trial = next(n for n in range(len(taken) + 1) if n not in taken)
            self.renumbered += 1

        taken.add(trajectory.trial)
        return task


def _add(count: FileCount, task: tuple[str, str], trajectory: Trajectory) -> None:
    count.read += 1
    count.solved += trajectory.success
    count.models.add(trajectory.policy)
    count.attempts[task] += 1
