"""Makes AgentDojo's environments reproducible: they use the wall clock for timestamps and hashes to order people."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Any

_TICK = datetime.timedelta(seconds=1)
_REFUSED_PEOPLE = re.compile(r"^participants\.\d+\n((?: .*(?:\n|$))+)", re.MULTILINE)


class Clock:
    """A clock that starts at the environment's newest record and ticks once for each new one.

    Example:
        >>> from types import SimpleNamespace
        >>> start = datetime.datetime(2024, 5, 15)
        >>> drive = SimpleNamespace(files={"1": SimpleNamespace(last_modified=start)})
        >>> environment = SimpleNamespace(cloud_drive=drive)
        >>> clock = Clock(environment)
        >>> drive.files["2"] = SimpleNamespace(last_modified=datetime.datetime.now())
        >>> clock.settle(environment)
        >>> drive.files["2"].last_modified - start
        datetime.timedelta(seconds=1)
    """

    def __init__(self, environment: Any) -> None:
        """Notes the timestamps and events that the environment starts with.

        Args:
            environment: AgentDojo's own environment, before the first call.
        """
        self._known: set[datetime.datetime] = set()
        for record, field in _stamped(environment):
            self._known.add(getattr(record, field))
        self._events = set(_events(environment))
        self._now = max(self._known, default=datetime.datetime.min)

    def settle(self, environment: Any) -> None:
        """Rewrites the timestamps, and the order of participants, that the last call has produced.

        Args:
            environment: AgentDojo's own environment, after a call.
        """
        for record, field in _stamped(environment):
            if getattr(record, field) not in self._known:
                self._now += _TICK
                self._known.add(self._now)
                setattr(record, field, self._now)

        events = _events(environment)
        for name in events.keys() - self._events:
            # AgentDojo collects participants in a set, whose order differs from process to process
            events[name].participants.sort()
        self._events.update(events)


def in_order(refusal: str) -> str:
    r"""Sorts what an error message says about each participant, and numbers the participants anew.

    AgentDojo puts participants into a set before it checks them, so that they are refused in a random order.

    Args:
        refusal: An error message of AgentDojo's.

    Example:
        >>> in_order("participants.0\n  zoe is refused\nparticipants.1\n  ann is refused")
        'participants.0\n  ann is refused\nparticipants.1\n  zoe is refused'
    """
    complaints = sorted(match[1].rstrip("\n") for match in _REFUSED_PEOPLE.finditer(refusal))
    numbered = iter(enumerate(complaints))

    def next_one(match: re.Match[str]) -> str:
        number, complaint = next(numbered)
        text = f"participants.{number}\n{complaint}"
        # the place decides about the line break: the last complaint of a message may have none
        if match[1].endswith("\n"):
            text += "\n"
        return text

    return _REFUSED_PEOPLE.sub(next_one, refusal)


def _stamped(environment: Any) -> Iterator[tuple[Any, str]]:
    """Yields every record that carries the time of its creation, and the name of the field."""
    # each suite has an environment class of its own, and not all have a mailbox or a drive
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
    if calendar is None:
        return {}
    events: dict[str, Any] = calendar.events
    return events
