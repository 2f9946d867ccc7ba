"""Look a record up and tell the user the value they asked for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from trace_gym.capabilities.attempt import Attempt
from trace_gym.env.types import Json
from trace_gym.synthesis.miner.catalogue import ToolSamples
from trace_gym.synthesis.miner.phrases import most_common, with_slots
from trace_gym.synthesis.miner.source import Source

NEEDS = "a lookup by identifier that returns a JSON record"
"""What trajectories must show for this archetype."""

_MOST_VALUES = 8
_FEW_FIELDS = 3
"""Fields asked for where no request shows which ones users want."""


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

    counts: Counter[tuple[str, str]] = Counter()
    for pair, phrases in asked.items():
        counts[pair] = len(phrases) - phrases.count(None)

    best = lookups[0].name
    if counts:
        best = counts.most_common(1)[0][0][0]
    lookup = source.tools[best]
    key = lookup.arguments[0]

    fields = [field for (name, field), count in counts.most_common() if name == best and count]
    cases = []
    for field in fields or _scalars(lookup)[:_FEW_FIELDS]:
        plain = f"What is the {field.replace('_', ' ')} of {{{key}}}?"
        requests = most_common(asked.get((best, field), [])) or [plain]
        cases.append({"field": field, "others": _few(lookup, field), "requests": requests})

    if not cases:
        return None
    return {"tools": [best], "lookup": best, "key": key, "cases": cases}


def _orders(source: Source) -> set[str | None]:
    """Phrasings that elsewhere led the reference to write: they ask for an action, not for a value."""
    orders = set()
    for attempt in source.everything:
        for call in source.gold(attempt):
            if source.tools[call.name].kind == "write":
                orders.add(with_slots(attempt.request, dict(call.arguments)))
    return orders


def _questions(source: Source, attempt: Attempt) -> list[tuple[str, str, str | None]]:
    """(lookup, field, phrasing) where a fact to communicate is a field of the only record the reference reads."""
    gold = source.gold(attempt)
    if len(gold) != 1 or len(attempt.facts) != 1:
        # with several lookups or facts, nothing says which words asked for which field
        return []

    questions = []
    for event in attempt.calls:
        tool = source.tools.get(event.call.name)
        if tool is None or tool.kind != "read" or event.error or not isinstance(event.value, dict):
            continue
        if len(tool.arguments) != 1 or gold[0].name != tool.name:
            continue

        for field, value in event.value.items():
            if isinstance(value, (str, int, float)) and str(value) == attempt.facts[0].value:
                questions.append((tool.name, field, _phrase(attempt.request, event.call.arguments)))

    return questions


def _phrase(request: str, arguments: Mapping[str, Json]) -> str | None:
    """The request with slots; None where it names more than the look-up takes, such as an e-mail with a number."""
    phrase = with_slots(request, arguments)
    if phrase is None or any(map(str.isdigit, phrase)):
        return None
    return phrase


def _scalars(lookup: ToolSamples) -> list[str]:
    """Fields that vary and that no request could give away."""
    records: list[dict[str, Json]] = [event.value for event in lookup.calls if isinstance(event.value, dict)]
    fields = []
    for field in records[0]:
        values = [record.get(field) for record in records]
        varies = len(set(map(str, values))) > 1
        if field not in lookup.arguments and varies and all(map(_can_be_told, values)):
            fields.append(field)
    return fields


def _can_be_told(value: Json) -> bool:
    """Whether a value is a text or a number; nobody is told `true`."""
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _few(lookup: ToolSamples, field: str) -> list[str]:
    """The values of a field with few of them, which contradict each other; none for others."""
    values = set()
    for event in lookup.calls:
        if isinstance(event.value, dict) and field in event.value:
            values.add(str(event.value[field]))

    # a number among others contradicts nothing: it may stand in a reply for another reason
    if len(values) > _MOST_VALUES or any(value.isdigit() for value in values):
        return []
    return sorted(values)
