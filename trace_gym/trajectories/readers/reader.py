"""What a reader is, and what readers share: the file, its options, and turning a bad episode into one sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from trace_gym.errors import UserError
from trace_gym.trajectories.episode_error import EpisodeError
from trace_gym.trajectories.record import Trajectory, check_row

Episode = Trajectory | EpisodeError
"""An episode of a file, or what is wrong with it."""


@dataclass(frozen=True)
class Options:
    """What a user may have to add to a file.

    Example:
        >>> Options(reward="accuracy").scores is None
        True
    """

    scores: Path | None = None
    """The score file, or a folder of them, of results that hold no reward (BFCL)."""
    reward: str = ""
    """Which of several scores or columns is the reward; empty for the reader's choice."""


@dataclass(frozen=True)
class Source:
    """One file or folder to read.

    Example:
        >>> source = Source(Path("a.json"), data=Path("a.json"))
        >>> print(source.bad("line 1", "no JSON"))
        a.json: line 1: no JSON.
    """

    path: Path
    """Its name, for errors and for what the format takes from names."""
    data: Path
    """What to open: `path`, or a copy of it where `path` is a pipe."""
    options: Options = field(default_factory=Options)
    """What the user added."""

    def bad(self, where: str, reason: str) -> EpisodeError:
        """An error at a place in this file.

        Args:
            where: The place in the file.
            reason: What was expected.
        """
        return EpisodeError(self.path, where, reason)


@dataclass
class Head:
    """The beginning of a file, by which readers know their format.

    Example:
        >>> head = Head(members={"simulations": None, "tasks": None})
        >>> {"simulations", "tasks"} <= head.members.keys()
        True
    """

    array: bool = False
    """Whether the file is one JSON array; `members` are then of its first element."""
    members: dict[str, Any] = field(default_factory=dict)
    """Members of the first object by key; lists and objects are None."""
    whole: bool = False
    """Whether `members` is complete."""


class Reader(Protocol):
    """A module that reads one format.

    Responsibilities: `claims` decides from the keys alone and never raises. `episodes` yields the episodes in order
    and an `EpisodeError` for each bad one; it raises `UserError` only where nothing more can be read.

    Example:
        >>> from trace_gym.trajectories.readers import READERS
        >>> sorted(reader.NAME for reader in READERS)[:3]
        ['agentdojo', 'bfcl', 'chat']
    """

    NAME: str
    TITLE: str

    def claims(self, head: Head) -> bool:
        """Whether a file that begins like this is of this format.

        Args:
            head: The beginning of the file.
        """
        ...

    def episodes(self, source: Source) -> Iterator[Episode]:
        """Yields the episodes.

        Args:
            source: The file, and what the user said of it.
        """
        ...


def converted(
    source: Source, rows: Iterable[tuple[str, Any]], convert: Callable[[dict[str, Any]], Trajectory]
) -> Iterator[Episode]:
    """Yields a trajectory for each row that is one, and one sentence for each that is not.

    Args:
        source: The file.
        rows: The place and the parsed row, or what is wrong with it.
        convert: Makes a trajectory; may raise as a look at unexpected JSON does.
    """
    for where, row in rows:
        if isinstance(row, EpisodeError):
            yield row
            continue
        try:
            if not isinstance(row, dict):
                raise UserError(f"a {type(row).__name__}, expected an object")
            trajectory = convert(row)
            check_row(trajectory.to_json())
            yield trajectory
        except KeyError as error:
            yield source.bad(where, f"has no {error}")
        except UserError as error:
            yield source.bad(where, str(error))
        except (TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError) as error:
            shown = f"{type(error).__name__}: {error!s:.100}"
            yield source.bad(where, f"a value in it has another type than the format has there ({shown})")


def number(value: Any, name: str) -> float:
    """Returns a reward or a score as a number.

    Args:
        value: As the file has it.
        name: What it is called, for messages.

    Raises:
        UserError: If it is none.
    """
    if _is_number(value):
        return float(value)
    raise UserError(f"{name} is {value!r:.60}, expected a number")


def numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """Returns those of the values that are numbers or bools.

    Args:
        values: Any values by name.
    """
    return {str(k): float(v) for k, v in values.items() if _is_number(v)}


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, (bool, int, float)) and math.isfinite(value)
    except OverflowError:  # an integer beyond the largest float
        return False


def text(value: Any) -> str:
    """Returns a name as text, empty for None.

    Args:
        value: As the file has it.
    """
    if value is None:
        return ""
    return str(value)


def whole_number(value: Any, name: str) -> int:
    """Returns a trial or a seed, 0 when missing.

    Args:
        value: As the file has it.
        name: What it is called, for messages.

    Raises:
        UserError: If it is something else.
    """
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value // 1:
        raise UserError(f"{name} is {value!r:.60}, expected a whole number")
    return int(value)
