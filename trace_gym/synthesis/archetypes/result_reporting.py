"""Look a record up and tell the user the value they asked for."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from trace_gym.capabilities.attempt import Attempt
from trace_gym.env.types import Json
from trace_gym.synthesis.miner.catalogue import ToolSamples
from trace_gym.synthesis.miner.phrases import most_common, with_slots
from trace_gym.synthesis.miner.source import Source

NEEDS = "a lookup by identifier that returns a JSON record"
"""What trajectories must show for this archetype."""

_MOST_VALUES = 8


def mine(source: Source) -> dict[str, Any] | None:
    """Finds a lookup and the fields users ask for.

    Args:
        source: The material.
    """
    asked: dict[tuple[str, str], list[str | None]] = defaultdict(list)
    orders = _orders(source)
    for attempt in source.attempts:
        for name, field, phrase in _questions(source, attempt):
            asked[name, field].append(None if phrase in orders else phrase)

    lookups = source.lookups()
    if not lookups:
        return None
    counts = Counter({pair: sum(p is not None for p in phrases) for pair, phrases in asked.items()})
    best = counts.most_common(1)[0][0][0] if counts else lookups[0].name
    lookup = source.tools[best]
    key = lookup.arguments[0]

    fields = [field for (name, field), count in counts.most_common() if name == best and count] or _scalars(lookup)[:3]
    cases = [
        {
            "field": field,
            "others": _few(lookup, field),
            "requests": most_common(asked.get((best, field), []))
            or [f"What is the {field.replace('_', ' ')} of {{{key}}}?"],
        }
        for field in fields
    ]

    return {"tools": [best], "lookup": best, "key": key, "cases": cases} if cases else None


def _orders(source: Source) -> set[str | None]:
    """Phrasings that elsewhere led the reference to write: they ask for an action, not for a value."""
    found = set()
    for attempt in source.everything:
        for call in source.gold(attempt):
            if source.tools[call.name].kind == "write":
                found.add(with_slots(attempt.request, dict(call.arguments)))
    return found


def _questions(source: Source, attempt: Attempt) -> list[tuple[str, str, str | None]]:
    """(lookup, field, phrasing) where a fact to communicate is a field of the only record the reference reads."""
    gold = source.gold(attempt)
    found = []
    for event in attempt.calls:
        tool = source.tools.get(event.call.name)
        if tool is None or tool.kind != "read" or event.error or not isinstance(event.value, dict):
            continue
        if len(tool.arguments) != 1 or len(gold) != 1 or gold[0].name != tool.name or len(attempt.facts) != 1:
            continue
        for field, value in event.value.items():
            if isinstance(value, (str, int, float)) and str(value) == attempt.facts[0].value:
                found.append((tool.name, field, with_slots(attempt.request, dict(event.call.arguments))))

    return found


def _scalars(lookup: ToolSamples) -> list[str]:
    """Fields that vary and that no request could give away."""
    records: list[dict[str, Json]] = [event.value for event in lookup.calls if isinstance(event.value, dict)]
    keys = set(lookup.arguments)
    return [
        field
        for field in records[0]
        if field not in keys
        and len({str(r.get(field)) for r in records}) > 1
        and all(isinstance(r.get(field), (str, int, float)) and not isinstance(r.get(field), bool) for r in records)
    ]


def _few(lookup: ToolSamples, field: str) -> list[str]:
    """The values of a field with few of them, which contradict each other; none for others."""
    values = {str(e.value[field]) for e in lookup.calls if isinstance(e.value, dict) and field in e.value}
    return sorted(values) if len(values) <= _MOST_VALUES and not any(v.isdigit() for v in values) else []
