"""Change a record only if a field of it allows that: a lookup, and writes with the values they need."""

from __future__ import annotations

from collections import Counter
from typing import Any

from trace_gym.capabilities.attempt import Attempt, is_identifier
from trace_gym.env.types import Json
from trace_gym.synthesis.miner.catalogue import ToolSamples
from trace_gym.synthesis.miner.phrases import most_common, plain_request, with_slots
from trace_gym.synthesis.miner.source import Source

NEEDS = "a lookup by identifier that returns a JSON record with a status-like field, and a write on the same identifier"
"""What trajectories must show for this archetype."""

_MOST_CASES = 3
_MOST_VALUES = 8


def mine(source: Source) -> dict[str, Any] | None:
    """Finds a lookup and the writes on the records it returns.

    Args:
        source: The material.
    """
    for lookup in source.lookups():
        key = lookup.arguments[0]
        cases = []
        for write in _checked_writes(source, lookup, key)[:_MOST_CASES]:
            case = _case(source, lookup, write, key)
            if case is not None:
                cases.append(case)

        if cases:
            tools = [lookup.name, *(case["action"] for case in cases)]
            return {"tools": tools, "lookup": lookup.name, "key": key, "cases": cases}

    return None


def _checked_writes(source: Source, lookup: ToolSamples, key: str) -> list[ToolSamples]:
    """The writes that references make only after the lookup; where none shows, all on the same key."""
    writes = [write for write in source.writes() if source.subject(write) == key]
    counts: Counter[str] = Counter()
    for attempt in source.attempts:
        read: set[str] = set()
        for call in source.gold(attempt):
            subject = str(call.arguments.get(key, ""))
            if call.name == lookup.name:
                read.add(subject)
            elif subject in read:
                counts[call.name] += 1

    # once may be chance; a rule shows in more than one reference
    checked = [write for write in writes if counts[write.name] > 1]
    checked.sort(key=lambda write: -counts[write.name])
    return checked or writes


def _case(source: Source, lookup: ToolSamples, write: ToolSamples, key: str) -> dict[str, Any] | None:
    """Compares the records on which the reference writes with those on which it does not."""
    asked = []
    for attempt in source.attempts:
        phrase = _phrase(source, attempt, write)
        if phrase and _gold_subject(source, attempt, write, key):
            asked.append(phrase)

    allowed: list[dict[str, Json]] = []
    forbidden: list[dict[str, Json]] = []

    for attempt in source.attempts:
        for subject in _subjects(source, attempt, lookup, key):
            record = source.result_for(attempt, lookup.name, {key: subject})
            if not isinstance(record, dict):
                continue
            if _gold_subject(source, attempt, write, key) == subject:
                allowed.append(record)
            # the same words, and yet the reference did not write: this record's state forbade it
            elif with_slots(attempt.request, {key: subject}) in asked:
                forbidden.append(record)

    fields = _state_fields(lookup)
    found = _field(allowed, forbidden, fields) or _guess(lookup, allowed, fields)
    if found is None:
        return None

    field, good, bad = found
    return {
        "action": write.name,
        "field": field,
        "allowed": good,
        "forbidden": bad,
        "requests": most_common(asked) or [_plain(write.name, write.arguments, field, good)],
        "asked_arguments": [name for name in write.arguments if name != key],
    }


def _gold_subject(source: Source, attempt: Attempt, write: ToolSamples, key: str) -> str | None:
    """The record the reference changes with `write`, if that is all it writes."""
    gold = [call for call in source.gold(attempt) if source.tools[call.name].kind == "write"]
    if len(gold) == 1 and gold[0].name == write.name:
        return str(gold[0].arguments.get(key, "")) or None
    return None


def _subjects(source: Source, attempt: Attempt, lookup: ToolSamples, key: str) -> list[str]:
    subjects = []
    for call in source.gold(attempt):
        if call.name == lookup.name and key in call.arguments:
            subjects.append(str(call.arguments[key]))
    return subjects


def _phrase(source: Source, attempt: Attempt, write: ToolSamples) -> str | None:
    """How the user asked for this write, where it is all that was asked for."""
    gold = source.gold(attempt)
    wanted = next((call for call in gold if call.name == write.name), None)
    if wanted is None or len(gold) > 2:
        return None
    return with_slots(attempt.request, {name: wanted.arguments.get(name) for name in write.arguments})


def _state_fields(lookup: ToolSamples) -> list[str]:
    """Textual fields of the record with two to eight values, a status by preference."""
    records = [event.value for event in lookup.calls if isinstance(event.value, dict)]
    fields = []
    for field in records[0]:
        values = _values(records, field)
        # identifiers differ from record to record and say nothing of its state
        if 2 <= len(values) <= _MOST_VALUES and not any(map(is_identifier, values)):
            fields.append(field)
    return sorted(fields, key=lambda field: ("status" not in field, len(_values(records, field))))


def _field(
    allowed: list[dict[str, Json]], forbidden: list[dict[str, Json]], fields: list[str]
) -> tuple[str, list[Json], list[Json]] | None:
    """The field whose values tell allowed from forbidden records."""
    for field in fields:
        good = _values(allowed, field)
        bad = _values(forbidden, field)
        if good and bad and not set(map(str, good)) & set(map(str, bad)):
            return field, good, bad
    return None


def _guess(
    lookup: ToolSamples, allowed: list[dict[str, Json]], fields: list[str]
) -> tuple[str, list[Json], list[Json]] | None:
    """Without contrast: allowed is what was seen changed, forbidden every other value."""
    if not fields:
        return None
    records = [event.value for event in lookup.calls if isinstance(event.value, dict)]
    values = _values(records, fields[0])
    good = _values(allowed, fields[0]) or values[:1]
    bad = [value for value in values if value not in good]
    if not bad:
        return None
    return fields[0], good, bad


def _values(records: list[dict[str, Json]], field: str) -> list[Json]:
    """Textual values of a field that recur, most frequent first."""
    texts = [record[field] for record in records if isinstance(record.get(field), str)]
    # a field that most records lack is no state of theirs
    if len(texts) * 2 < len(records):
        return []
    return [value for value, _ in Counter(texts).most_common()]


def _plain(tool: str, arguments: list[str], field: str, good: list[Json]) -> str:
    request = plain_request(tool, arguments).removesuffix(".")
    return f"{request}, but only if its {field.replace('_', ' ')} is {' or '.join(map(str, good))}."
