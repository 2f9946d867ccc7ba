"""Makes AgentDojo's environments repeatable: they stamp records with the wall clock and order people by their hash."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Any

_TICK = datetime.timedelta(seconds=1)
_REFUSED_PEOPLE = re.compile(r"^participants\.\d+\n((?: .*(?:\n|$))+)", re.MULTILINE)


class Clock:
    """Starts just after everything the environment holds, so that a new record is the newest; ticks with each."""

    def __init__(self, environment: Any) -> None:
        """Notes what is stamped already.

        Args:
            environment: AgentDojo's own, as it was made.
        """
        self._known = {getattr(record, field) for record, field in _stamped(environment)}
        self._events = set(_events(environment))
        self._now = max(self._known, default=datetime.datetime.min)

    def settle(self, environment: Any) -> None:
        """Rewrites what the call just run has stamped or has put in no particular order.

        Args:
            environment: AgentDojo's own, after a call.
        """
        for record, field in _stamped(environment):
            if getattr(record, field) not in self._known:
                self._now += _TICK
                self._known.add(self._now)
                setattr(record, field, self._now)

        events = _events(environment)
        for name in events.keys() - self._events:
            # AgentDojo hands out a set's order
            events[name].participants.sort()

        self._events.update(events)


def in_order(refusal: str) -> str:
    """Sorts what an error says of each participant, whom AgentDojo has put into a set before, and numbers them anew.

    Args:
        refusal: An error of AgentDojo's.
    """
    said = iter(enumerate(sorted(match[1].rstrip("\n") for match in _REFUSED_PEOPLE.finditer(refusal))))

    def next_one(match: re.Match[str]) -> str:
        number, text = next(said)
        return f"participants.{number}\n{text}" + ("\n" if match[1].endswith("\n") else "")

    return _REFUSED_PEOPLE.sub(next_one, refusal)


def _stamped(environment: Any) -> Iterator[tuple[Any, str]]:
    """Yields every record that carries a time of its making, and the field's name."""
    inbox = getattr(environment, "inbox", None)
    drive = getattr(environment, "cloud_drive", None)
    if inbox is not None:
        for email in (*inbox.emails.values(), *inbox.trash.values()):
            yield email, "timestamp"

    if drive is not None:
        for file in drive.files.values():
            yield file, "last_modified"


def _events(environment: Any) -> dict[str, Any]:
    calendar = getattr(environment, "calendar", None)
    found: dict[str, Any] = {} if calendar is None else calendar.events
    return found
