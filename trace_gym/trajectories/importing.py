"""Reading files of many formats into one stream: counts per file, bad episodes, and trial numbers kept distinct."""

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
"""Formats with one episode a file; a folder of them has one `FileCount`."""


@dataclass
class FileCount:
    """Counts of one file.

    Example:
        >>> FileCount(Path("runs.jsonl"), "trace-gym", read=3, solved=1).bad
        0
    """

    path: Path
    """The file, or the folder of files with one episode each."""
    format: str
    """Its format's name, empty when unknown."""
    read: int = 0
    """Usable episodes."""
    bad: int = 0
    """Unusable episodes; the rest of a file that cannot be read further counts as one."""
    solved: int = 0
    """Successes among the usable episodes."""
    models: set[str] = field(default_factory=set)
    """The policies that acted."""
    attempts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Episodes by environment and task."""


class Import:
    """Reads several files into one stream of trajectories and counts them.

    Trial numbers stay distinct: an episode with the environment, task and trial of an earlier one gets the first free
    trial of that task. An episode that equals one of an earlier file in everything is dropped and counted.

    Example:
        >>> Import(tell=print).files
        []
    """

    def __init__(self, *, name: str = "", options: Options | None = None, tell: Callable[[str], None]) -> None:
        """Starts with nothing read.

        Args:
            name: The format, as for `iter_episodes`.
            options: As for `iter_episodes`.
            tell: Called with one line for each bad episode and each file that is skipped.
        """
        self._name = name
        self._options = options
        self._tell = tell
        self.files: list[FileCount] = []
        """The counts, in the order of the files."""
        self.bad = 0
        self.renumbered = 0
        self.repeated = 0
        self.passed_over = 0

        # most tasks have one trial, and a set takes 216 bytes
        self._trials: dict[tuple[str, str], int | set[int]] = {}
        # by digest, the number of the file: texts of a million episodes would not fit into memory
        self._seen: dict[bytes, int] = {}

    @property
    def read(self) -> int:
        """Episodes yielded so far."""
        return sum(count.read for count in self.files)

    def trajectories(self, inputs: Sequence[Input]) -> Iterator[Trajectory]:
        """Yields the usable episodes of all files.

        Args:
            inputs: What to read, in order.
        """
        # equal attempts within a file are attempts, so a single file needs no digests
        several = len(inputs) > 1
        for number, one in enumerate(inputs):
            try:
                with opened(one.path, name=self._name, options=self._options) as (reader, episodes):
                    count = self._count_of(one, reader.NAME)

                    for episode in episodes:
                        if isinstance(episode, EpisodeError):
                            self._refuse(count, episode)
                            continue
                        if several and self._is_repeated(episode, number):
                            continue

                        task = self._keep_distinct(episode)
                        _add(count, task, episode)
                        yield episode

            except UnknownFormatError as error:
                if one.found:
                    self._pass_over(error)
                else:
                    self._refuse(self._count_of(one, ""), error)

            except EpisodeError as error:
                self._refuse(self._count_of(one, ""), error)

    def _pass_over(self, error: UnknownFormatError) -> None:
        """Counts a file of a folder that holds no trajectories, such as a configuration."""
        self.passed_over += 1
        # the list of all formats would be repeated for every such file
        self._tell(f"passed over: {str(error).split('; expected')[0]}")

    def _count_of(self, one: Input, name: str) -> FileCount:
        path = one.path
        if one.found and name in _ONE_A_FILE:
            path = one.given

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
        """Whether an earlier file holds the same episode."""
        digest = hashlib.blake2b(to_line(trajectory).encode(), digest_size=16).digest()
        repeated = self._seen.setdefault(digest, number) != number
        self.repeated += repeated
        return repeated

    def _keep_distinct(self, trajectory: Trajectory) -> tuple[str, str]:
        """Gives an episode a free trial if its own is taken; returns its environment and task."""
        # every episode of a file has the same environment, and this keeps one copy of its name
        task = (sys.intern(trajectory.env_id), trajectory.task_id)
        taken = self._trials.get(task)
        if taken is None:
            self._trials[task] = trajectory.trial
            return task

        if isinstance(taken, int):
            taken = {taken}
            self._trials[task] = taken

        if trajectory.trial in taken:
            trajectory.trial = _first_free(taken)
            self.renumbered += 1

        taken.add(trajectory.trial)
        return task


def _first_free(taken: set[int]) -> int:
    trial = 0
    while trial in taken:
        trial += 1
    return trial


def _add(count: FileCount, task: tuple[str, str], trajectory: Trajectory) -> None:
    count.read += 1
    count.solved += trajectory.success
    count.models.add(trajectory.policy)
    count.attempts[task] += 1
