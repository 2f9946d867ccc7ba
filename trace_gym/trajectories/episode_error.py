"""What is wrong with one episode of a file, or with the file."""

from __future__ import annotations

from pathlib import Path

from trace_gym.console.printable import printable
from trace_gym.errors import UserError


class EpisodeError(UserError):
    """An episode that cannot be used: raised where one bad episode is too many, yielded where the others are kept.

    Example:
        >>> print(EpisodeError(Path("runs.jsonl"), "line 3", "the reward is missing"))
        runs.jsonl: line 3: the reward is missing.
    """

    def __init__(self, path: Path, where: str, reason: str) -> None:
        """Puts the sentence together.

        Args:
            path: The file.
            where: The line or the element; empty for the whole file.
            reason: What was expected.
        """
        self.path = path
        self.where = where
        self.reason = reason
        if where:
            place = f"{path}: {where}"
        else:
            place = f"{path}"
        # names of tasks and tools come from the file and may hold anything
        super().__init__(printable(f"{place}: {' '.join(reason.split())}".rstrip(".") + "."))


class UnknownFormatError(EpisodeError):
    """A readable file that holds trajectories of no known format.

    Example:
        >>> issubclass(UnknownFormatError, EpisodeError)
        True
    """
