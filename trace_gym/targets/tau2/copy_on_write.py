"""A table of records that many episodes share: an episode that touches a record gets its own copy."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from trace_gym.env.types import Json

REMOVED = "<removed>"
UNWRITABLE = "<unwritable>"
"""Stands for a record that can no longer be written as JSON, as with a number of 5,000 digits; no reference solution
has one."""


class SharedTable:
    """Records that are never written to, with what every episode needs of them.

    Example:
        >>> shared = SharedTable({"W12": {"status": "sent"}})
        >>> shared.copy_of("W12")
        {'status': 'sent'}
        >>> shared.text_of("W12")
        '{"status": "sent"}'
    """

    def __init__(self, records: Mapping[str, Any]) -> None:
        """Keeps the records as they are.

        Args:
            records: By their key.
        """
        self.records = records
        self._pickles: dict[str, bytes] = {}
        self._texts: dict[str, str] = {}

    def copy_of(self, key: str) -> Any:
        """Returns a copy of a record that shares nothing with it.

        Args:
            key: The record's.

        Raises:
            KeyError: If there is no such record.
        """
        # several times as fast as a deep copy of a pydantic record
        if key not in self._pickles:
            self._pickles[key] = pickle.dumps(self.records[key], pickle.HIGHEST_PROTOCOL)
        return pickle.loads(self._pickles[key])

    def text_of(self, key: str) -> str:
        """Returns a record as `canonical` writes it.

        Args:
            key: The record's.
        """
        if key not in self._texts:
            self._texts[key] = canonical(self.records[key])
        return self._texts[key]


class CopyOnWriteTable(MutableMapping[str, Any]):
    """A mapping of pydantic records on top of a shared one that is never written to.

    Looking up a record copies it, since callers may write to it. Iterating over all of them (`values`, `items`) does
    not, since the benchmark's searches only read.

    Example:
        >>> shared = {"W12": {"status": "sent"}}
        >>> table = CopyOnWriteTable(SharedTable(shared))
        >>> table["W12"]["status"] = "lost"
        >>> table["W12"]["status"], shared["W12"]["status"]
        ('lost', 'sent')
    """

    def __init__(self, shared: SharedTable) -> None:
        """Starts without changes; nothing is copied yet.

        Args:
            shared: The records below.
        """
        self._shared = shared
        self._base = shared.records
        self._own: dict[str, Any] = {}
        self._gone: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        if key in self._own:
            return self._own[key]
        if key in self._gone:
            raise KeyError(key)
        self._own[key] = self._shared.copy_of(key)
        return self._own[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._own[key] = value
        self._gone.discard(key)

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self._own.pop(key, None)
        self._gone.add(key)

    def __contains__(self, key: object) -> bool:
        return key in self._own or (key in self._base and key not in self._gone)

    def __iter__(self) -> Iterator[str]:
        # the order of a plain dict: records keep their place, and new ones follow
        for key in self._base:
            if key not in self._gone:
                yield key
        for key in self._own:
            if key not in self._base:
                yield key

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def values(self) -> Any:
        """Returns the records without copying them; for reading only."""
        return [self._own.get(key) or self._base[key] for key in self]

    def items(self) -> Any:
        """Returns keys and records without copying them; for reading only."""
        return [(key, self._own.get(key) or self._base[key]) for key in self]

    def changes(self) -> dict[str, Json]:
        """Returns what differs from the shared records: canonical JSON texts by key, `REMOVED` for a deleted record."""
        changes: dict[str, Json] = {}
        for key in self._gone:
            if key in self._base:
                changes[key] = REMOVED

        # most copies were only looked at, so that copied does not mean changed
        for key, record in self._own.items():
            text = canonical(record)
            if key not in self._base or text != self._shared.text_of(key):
                changes[key] = text
        return changes


def canonical(record: Any) -> str:
    """Writes a record as the benchmark does before it hashes a database; `UNWRITABLE` if that is impossible.

    Args:
        record: A pydantic record of the benchmark's, or a plain value.
    """
    value = record
    if hasattr(record, "model_dump"):
        # a tool may have written a value of another type than the field's, which is the benchmark's business
        value = record.model_dump(warnings=False)
    try:
        return json.dumps(value, sort_keys=True, default=str)
    except ValueError:
        return UNWRITABLE
