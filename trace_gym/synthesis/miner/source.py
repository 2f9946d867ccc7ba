"""What an archetype mines from: the target's tools, and the attempts in which a capability mattered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trace_gym.capabilities.attempt import Attempt, is_identifier
from trace_gym.env.types import Json, ToolCall
from trace_gym.synthesis.miner.catalogue import ToolSamples


@dataclass(frozen=True)
class Source:
    """Mining material."""

    tools: dict[str, ToolSamples]
    """The target's tools by name."""
    attempts: Sequence[Attempt]
    """Attempts in which the capability was PRESENT or LACKING."""
    everything: Sequence[Attempt]
    """All attempts, the others for contrast."""

    def reads(self) -> list[ToolSamples]:
        """Lookups with at least one good result, the most used first."""
        found = [tool for tool in self.tools.values() if tool.kind == "read" and tool.calls]
        return sorted(found, key=lambda tool: -len(tool.calls))

    def lookups(self) -> list[ToolSamples]:
        """Reads by a single textual key that return a record."""
        return [
            tool
            for tool in self.reads()
            if len(tool.arguments) == 1
            and self.is_key(tool, tool.arguments[0])
            and sum(isinstance(event.value, dict) for event in tool.calls) * 2 > len(tool.calls)
        ]

    def writes(self) -> list[ToolSamples]:
        """Writes that were called and name a record, the most used first; simpler arguments win ties."""
        found = [tool for tool in self.tools.values() if tool.kind == "write" and tool.calls and self.subject(tool)]
        return sorted(found, key=lambda tool: (-len(tool.calls), len(tool.arguments)))

    def subject(self, tool: ToolSamples) -> str:
        """Returns the argument that names the record a tool works on, empty when there is none.

        Args:
            tool: The tool as it was seen.
        """
        for name in tool.arguments:
            if self.is_key(tool, name) and any(is_identifier(v) for v in tool.argument_values(name)):
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

    def gold(self, attempt: Attempt) -> list[ToolCall]:
        """The reference calls of an attempt that use known tools; empty when there are none.

        Args:
            attempt: One attempt.
        """
        return [call for call in attempt.reference or [] if call.name in self.tools]

    def result_for(self, attempt: Attempt, tool: str, arguments: dict[str, Json]) -> Json:
        """What a lookup returned in this attempt, or in any other, before a write could change it; None if unknown.

        Args:
            attempt: One attempt.
            tool: The lookup.
            arguments: What it was asked.
        """
        for event in attempt.calls:
            if event.kind == "write" and not event.error:
                break
            if event.call.name == tool and dict(event.call.arguments) == arguments and not event.error:
                return event.value
        return None
