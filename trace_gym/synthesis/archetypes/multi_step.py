"""Do the same write for several records."""

from __future__ import annotations

from typing import Any

from trace_gym.capabilities.attempt import Attempt
from trace_gym.env.types import ToolCall
from trace_gym.synthesis.miner.catalogue import ToolSamples
from trace_gym.synthesis.miner.phrases import list_slot, most_common
from trace_gym.synthesis.miner.source import Source

NEEDS = "a write on at least four different record identifiers"
"""What trajectories must show for this archetype."""

_LEAST_RECORDS = 4
"""Identifiers that must have been seen before new ones can be made after them."""


def mine(source: Source) -> dict[str, Any] | None:
    """Finds the write that references repeat for several records, and how users list them.

    Args:
        source: The material.
    """
    best: tuple[int, ToolSamples, list[list[ToolCall]]] | None = None
    for write in source.writes():
        if len(set(map(str, write.argument_values(source.subject(write))))) < _LEAST_RECORDS:
            continue
        repeats = [calls for calls in (_repeated(source, a, write) for a in source.attempts) if calls]
        if best is None or len(repeats) > best[0]:
            best = (len(repeats), write, repeats)

    if best is None:
        return None
    _, write, repeats = best
    key = source.subject(write)
    fixed = {
        name: repeats[0][0].arguments.get(name)
        for name in write.arguments
        if name != key and repeats and len({str(c.arguments.get(name)) for calls in repeats for c in calls}) == 1
    }

    asked = [name for name in write.arguments if name != key and name not in fixed]
    requests = [] if asked else most_common(_phrase(source, attempt, write, key) for attempt in source.attempts)
    details = ", ".join(f"{name.replace('_', ' ')} {{{name}}}" for name in asked)
    plain = f"Please {write.name.replace('_', ' ')} for each of {{ids}}" + (f", with {details}." if details else ".")
    return {
        "tools": [write.name],
        "action": write.name,
        "key": key,
        "fixed": fixed,
        "asked_arguments": asked,
        "requests": requests or [plain],
    }


def _repeated(source: Source, attempt: Attempt, write: ToolSamples) -> list[ToolCall]:
    """The reference's calls, if it does nothing but repeat `write` on different records."""
    gold = [call for call in source.gold(attempt) if source.tools[call.name].kind == "write"]
    key = source.subject(write)
    records = {str(call.arguments.get(key)) for call in gold}
    return gold if len(records) >= 2 and {call.name for call in gold} == {write.name} else []


def _phrase(source: Source, attempt: Attempt, write: ToolSamples, key: str) -> str | None:
    return list_slot(attempt.request, [str(call.arguments.get(key)) for call in _repeated(source, attempt, write)])
