"""Errors that name an episode of a file, or the file."""

from __future__ import annotations

from pathlib import Path

from trace_gym.console.printable import printable
from trace_gym.errors import UserError


class EpisodeError(UserError):
    """An episode that cannot be used.

    Strict readers raise it; tolerant ones yield it in the episode's place and go on with the next.

    Example:
        >>> print(EpisodeError(Path("runs.jsonl"), "line 3", "the reward is missing"))
        runs.jsonl: line 3: the reward is missing.
    """

    def __init__(self, path: Path, where: str, reason: str) -> None:
        """Composes the sentence.

        Args:
            path: The file.
            where: The line or the element; empty for the whole file.
            reason: What is wrong, without the final period.
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
    """A readable file whose format no reader knows.

    Example:
        >>> issubclass(UnknownFormatError, EpisodeError)
        True
    """
