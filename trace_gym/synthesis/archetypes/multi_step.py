"""Do the same write for several records."""

from __future__ import annotations

import itertools
from typing import Any

from trace_gym.capabilities.attempt import Attempt
from trace_gym.env.types import Json, ToolCall
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
        repeats = []
        for attempt in source.attempts:
            calls = _repeated(source, attempt, write)
            if calls:
                repeats.append(calls)

        if best is None or len(repeats) > best[0]:
            best = (len(repeats), write, repeats)

    if best is None:
        return None
    _, write, repeats = best
    key = source.subject(write)
    fixed = _fixed(write, key, repeats)
    asked = [name for name in write.arguments if name != key and name not in fixed]

    # real requests list records and nothing else; they cannot ask for other arguments
    requests: list[str] = []
    if not asked:
        requests = most_common(_phrase(source, attempt, write, key) for attempt in source.attempts)
    return {
        "tools": [write.name],
        "action": write.name,
        "key": key,
        "fixed": fixed,
        "asked_arguments": asked,
        "requests": requests or [_plain(write.name, asked)],
    }


def _fixed(write: ToolSamples, key: str, repeats: list[list[ToolCall]]) -> dict[str, Json]:
    """The arguments that had the same value in every repeated call."""
    calls = list(itertools.chain.from_iterable(repeats))
    fixed = {}
    for name in write.arguments:
        values = {str(call.arguments.get(name)) for call in calls}
        if name != key and len(values) == 1:
            fixed[name] = calls[0].arguments.get(name)
    return fixed


def _plain(write: str, asked: list[str]) -> str:
    request = f"Please {write.replace('_', ' ')} for each of {{ids}}"
    if asked:
        details = ", ".join(f"{name.replace('_', ' ')} {{{name}}}" for name in asked)
        request += f", with {details}"
    return request + "."


def _repeated(source: Source, attempt: Attempt, write: ToolSamples) -> list[ToolCall]:
    """The reference's calls, if it does nothing but repeat `write` on different records."""
    gold = [call for call in source.gold(attempt) if source.tools[call.name].kind == "write"]
    key = source.subject(write)
    records = {str(call.arguments.get(key)) for call in gold}
    if len(records) < 2 or {call.name for call in gold} != {write.name}:
        return []
    return gold


def _phrase(source: Source, attempt: Attempt, write: ToolSamples, key: str) -> str | None:
    records = [str(call.arguments.get(key)) for call in _repeated(source, attempt, write)]
    return list_slot(attempt.request, records)
