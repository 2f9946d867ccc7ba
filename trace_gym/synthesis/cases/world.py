"""What all attempts at one task reveal of its world: what look-ups return and which writes are refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from trace_gym.capabilities.attempt import Attempt, CallEvent
from trace_gym.env.types import Json, ToolCall
from trace_gym.synthetic.exercised import subject
from trace_gym.synthetic.texts import key_of


@dataclass
class World:
    """The world of one task, as far as anybody looked.

    Example:
        >>> World().tables
        {}
    """

    tables: dict[str, dict[str, Json]] = field(default_factory=dict)
    """Results by look-up and by the key of its arguments."""
    refusals: dict[str, str] = field(default_factory=dict)
    """What a refused write is told, by `tool(key)`."""
    accepted: set[str] = field(default_factory=set)
    """The writes that went through, by `tool(key)`."""

    def shows(self, call: ToolCall) -> bool:
        """Returns whether a look-up was seen to return something.

        Args:
            call: The look-up.
        """
        return key_of(call.arguments) in self.tables.get(call.name, {})


def entry_of(call: ToolCall) -> str:
    """Returns under which name a call stands in ledgers and among refusals.

    Args:
        call: Any call.
    """
    return f"{call.name}({key_of(call.arguments)})"


def observe(attempts: Sequence[Attempt]) -> World:
    """Puts together what several attempts at one task saw before they changed it.

    Args:
        attempts: All of one task.
    """
    world = World()
    for attempt in attempts:
        changed: set[str] = set()
        for event in attempt.calls:
            if event.kind == "read" and not event.error and not _touches(event, changed):
                world.tables.setdefault(event.call.name, {}).setdefault(key_of(event.call.arguments), event.value)
            elif event.kind == "write":
                _note_write(world, event, changed)
    return world


def _note_write(world: World, event: CallEvent, changed: set[str]) -> None:
    entry = entry_of(event.call)
    if not event.error:
        world.accepted.add(entry)
        changed.add(subject(event.call))
    elif not _touches(event, changed):
        world.refusals.setdefault(entry, event.result.removeprefix("Error:").strip())


def _touches(event: CallEvent, changed: set[str]) -> bool:
    """Whether a call is about a record that was changed before, so that it shows no longer what the user came with."""
    return any(str(value) in changed for value in event.call.arguments.values())
