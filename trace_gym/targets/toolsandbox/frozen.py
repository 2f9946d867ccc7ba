"""A clock that stands still and identifiers that repeat, for ToolSandbox's own modules only."""

from __future__ import annotations

import datetime
import hashlib
import sys
import types
import uuid
from typing import Any

NOW = datetime.datetime(2024, 3, 20, 10, tzinfo=datetime.timezone.utc).timestamp()
"""The moment at which every scenario takes place: a Wednesday, two days before the only date that scenarios name."""


class _StillDatetime(datetime.datetime):
    """The class `datetime.datetime` as ToolSandbox sees it."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        """Returns the frozen moment as an ordinary `datetime.datetime`."""
        return datetime.datetime.fromtimestamp(NOW, tz)


class Identifiers:
    """A stand-in for `uuid.uuid4`: the n-th identifier of a scenario is always the same.

    Example:
        >>> first = Identifiers()
        >>> second = Identifiers()
        >>> first() == second()
        True
    """

    def __init__(self) -> None:
        """Starts a series that belongs to no scenario."""
        self.restart("")

    def restart(self, name: str) -> None:
        """Starts the series of a scenario.

        Args:
            name: The scenario, which seeds the identifiers.
        """
        self._name = name
        self._count = 0

    def __call__(self) -> uuid.UUID:
        """Returns the next identifier."""
        self._count += 1
        digest = hashlib.sha256(f"{self._name}/{self._count}".encode()).digest()
        return uuid.UUID(bytes=digest[:16], version=4)


def freeze(package: str) -> Identifiers:
    """Replaces the clock and `uuid4` in the loaded modules of `package`, and nowhere else in this process.

    Only the global names `datetime` (the module) and `uuid4` of those modules are replaced.

    Args:
        package: ToolSandbox's import name.

    Returns:
        The series of identifiers, to be restarted for each episode.
    """
    # a copy of the module: the original belongs to the whole process, whose libraries measure time with it
    still = types.ModuleType("datetime")
    vars(still).update(vars(datetime))
    still.datetime = _StillDatetime  # type: ignore[attr-defined]
    series = Identifiers()

    # copied, since looking at a lazy module's attributes may import others
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] != package:
            continue
        if getattr(module, "datetime", None) is datetime:
            module.datetime = still  # type: ignore[attr-defined]
        if getattr(module, "uuid4", None) is uuid.uuid4:
            module.uuid4 = series  # type: ignore[attr-defined]

    return series
