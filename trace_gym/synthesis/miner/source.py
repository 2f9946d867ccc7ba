"""What an archetype mines from: the target's tools, and the attempts in which a capability mattered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from trace_gym.capabilities.attempt import Attempt, is_identifier
from trace_gym.env.types import Json, ToolCall
from trace_gym.synthesis.miner.catalogue import ToolSamples

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True)
class Source:
    """Mining material.

    Example:
        >>> Source(tools={}, attempts=[], everything=[]).lookups()
        []
    """

    tools: dict[str, ToolSamples]
    """The target's tools by name."""
    attempts: Sequence[Attempt]
    """Attempts in which the capability was PRESENT or LACKING."""
    everything: Sequence[Attempt]
    """All attempts, the others for contrast."""

    def reads(self) -> list[ToolSamples]:
        """Lookups with at least one good result, the most used first."""
        reads = [tool for tool in self.tools.values() if tool.kind == "read" and tool.calls]
        return sorted(reads, key=lambda tool: -len(tool.calls))

    def lookups(self) -> list[ToolSamples]:
        """Reads by a single textual key that return a record."""
        lookups = []
        for tool in self.reads():
            records = [event for event in tool.calls if isinstance(event.value, dict)]
            has_one_key = len(tool.arguments) == 1 and self.is_key(tool, tool.arguments[0])
            if has_one_key and len(records) * 2 > len(tool.calls):
                lookups.append(tool)
        return lookups

    def writes(self) -> list[ToolSamples]:
        """Writes that were called and name a record, the most used first; simpler arguments win ties."""
        writes = [tool for tool in self.tools.values() if tool.kind == "write" and tool.calls and self.subject(tool)]
        return sorted(writes, key=lambda tool: (-len(tool.calls), len(tool.arguments)))

    def subject(self, tool: ToolSamples) -> str:
        """Returns the argument that names the record a tool works on, empty when there is none.

        Args:
            tool: The tool as it was seen.
        """
        for name in tool.arguments:
            if self.is_key(tool, name) and any(map(is_identifier, tool.argument_values(name))):
                return name
        return ""

    @staticmethod
    def is_key(tool: ToolSamples, name: str) -> bool:
        """Whether an argument is textual.

        Args:
            tool: The tool as it was seen.
            name: The argument.
        """
        return all(isinstance(value, str) for value in tool.argument_values(name))

    def count(self, find: Callable[[Source, Attempt], Iterable[T]]) -> Counter[T]:
        """Counts what a function finds in the attempts, one after the other.

        Args:
            find: Called with this material and each attempt.
        """
        counts: Counter[T] = Counter()
        for attempt in self.attempts:
            counts.update(find(self, attempt))
        return counts

    def gold(self, attempt: Attempt) -> list[ToolCall]:
        """The reference calls of an attempt that use known tools; empty when there are none.

        Args:
            attempt: One attempt.
        """
        return [call for call in attempt.reference or [] if call.name in self.tools]

    def result_for(self, attempt: Attempt, tool: str, arguments: dict[str, Json]) -> Json:
        """What a lookup returned in this attempt before a write could change it; None if unknown.

        Args:
            attempt: One attempt.
            tool: The lookup.
            arguments: What it was asked.
        """
        for event in attempt.calls:
            # from here on the record may be another than the one the user asked about
            if event.kind == "write" and not event.error:
                break
            if event.call.name == tool and dict(event.call.arguments) == arguments and not event.error:
                return event.value
        return None
