"""The protocol of readers, and what they share: the file, its options, and one sentence for each bad episode."""

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
"""An episode of a file, or the error that takes its place."""


@dataclass(frozen=True)
class Options:
    """What a format may need that its files do not hold.

    Example:
        >>> Options(reward="accuracy").scores is None
        True
    """

    scores: Path | None = None
    """The score file, or a folder of them, of results that hold no reward (BFCL)."""
    reward: str = ""
    """The score or column that is the reward; empty for the reader's choice."""


@dataclass(frozen=True)
class Source:
    """One file or folder to read.

    Example:
        >>> source = Source(Path("a.json"), data=Path("a.json"))
        >>> print(source.bad("line 1", "no JSON"))
        a.json: line 1: no JSON.
    """

    path: Path
    """Its name, for errors and for formats that take the domain or the model from it."""
    data: Path
    """The path to open: `path`, or a copy of it if `path` is a pipe."""
    options: Options = field(default_factory=Options)
    """The user's options."""

    def bad(self, where: str, reason: str) -> EpisodeError:
        """Returns an error at a place in this file.

        Args:
            where: The place in the file; empty for the whole file.
            reason: What is wrong, without the final period.
        """
        return EpisodeError(self.path, where, reason)


@dataclass
class Head:
    """The beginning of a file, by which readers recognize their format.

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
    """The format's name, as `--format` takes it."""
    TITLE: str
    """The format in words, with its article, for messages."""

    def claims(self, head: Head) -> bool:
        """Returns whether a file that begins like this is of this format.

        Args:
            head: The beginning of the file.
        """
        ...

    def episodes(self, source: Source) -> Iterator[Episode]:
        """Yields the episodes.

        Args:
            source: The file and its options.
        """
        ...


def converted(
    source: Source,
    rows: Iterable[tuple[str, Any]],
    convert: Callable[[dict[str, Any]], Trajectory],
    *,
    is_checked: bool = False,
) -> Iterator[Episode]:
    """Converts rows to trajectories.

    Args:
        source: The file.
        rows: The place of each row, and the parsed row or an `EpisodeError`.
        convert: Makes a trajectory of a row; it may assume that the row is as the format says, for what is raised
            otherwise (`KeyError`, `TypeError`, ...) becomes an `EpisodeError`.
        is_checked: Whether `convert` checks the types of what it makes, as reading our own records does.

    Yields:
        A trajectory for each row, or an `EpisodeError` in its place.
    """
    for where, row in rows:
        if isinstance(row, EpisodeError):
            yield row
            continue
        try:
            if not isinstance(row, dict):
                raise UserError(f"a {type(row).__name__}, expected an object")
            trajectory = convert(row)
            # what is imported must be readable when it has been written
            if not is_checked:
                check_row(trajectory.to_json())
            yield trajectory
        except KeyError as error:
            yield source.bad(where, f"has no {error}")
        except UserError as error:
            yield source.bad(where, str(error))
        # one bad episode never stops an import, and formats are too large to check every value beforehand
        except (TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError) as error:
            cause = f"{type(error).__name__}: {error!s:.100}"
            yield source.bad(where, f"a value has a type that the format does not allow there ({cause})")


def number(value: Any, name: str) -> float:
    """Returns a reward or a score as a float.

    Args:
        value: The value as the file has it.
        name: Its name, for the error.

    Raises:
        UserError: If it is not a finite number.

    Example:
        >>> number(True, "utility")
        1.0
    """
    if _is_number(value):
        return float(value)
    raise UserError(f"{name} is {value!r:.60}, expected a number")


def numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """Returns the values that are finite numbers or booleans, as floats.

    Args:
        values: Any values by name.

    Example:
        >>> numbers({"utility": True, "security": None})
        {'utility': 1.0}
    """
    return {str(name): float(value) for name, value in values.items() if _is_number(value)}


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, (bool, int, float)) and math.isfinite(value)
    except OverflowError:
        # an integer beyond the largest float
        return False


def text(value: Any) -> str:
    """Returns a name as text; empty for None.

    Args:
        value: The value as the file has it.
    """
    if value is None:
        return ""
    return str(value)


def whole_number(value: Any, name: str) -> int:
    """Returns a trial or a seed as an integer; 0 for None.

    Args:
        value: The value as the file has it, None where it has none.
        name: As for `number`.

    Raises:
        UserError: If it is not a whole number.

    Example:
        >>> whole_number(3.0, "trial")
        3
    """
    if value is None:
        return 0
    # pandas writes whole numbers of a column with gaps as floats
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value // 1:
        raise UserError(f"{name} is {value!r:.60}, expected a whole number")
    return int(value)
