"""Choose the row of a looked-up list that satisfies a constraint, and use it in a write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from trace_gym.capabilities.attempt import Attempt, CallEvent
from trace_gym.env.types import Json
from trace_gym.synthesis.miner.catalogue import ToolSamples
from trace_gym.synthesis.miner.phrases import most_common, with_slots
from trace_gym.synthesis.miner.source import Source

NEEDS = "a lookup that returns a list of JSON records, one of which a write uses"
"""What trajectories must show for this archetype."""

Path = tuple[str | int, ...]
Link = tuple[str, Path, str, str, str]
"""Search, path of its rows, row field, write, argument."""

_MOST_VALUES = 12


def mine(source: Source) -> dict[str, Any] | None:
    """Finds a lookup that returns rows, the row field a write uses, and a field users choose by.

    Args:
        source: The material.
    """
    for (search, path, row_key, write, argument), _ in source.count(_links).most_common():
        rows = _all_rows(source.tools[search], path)
        fields = _constraints(rows, row_key)
        if not fields:
            continue
        key = source.tools[search].arguments[0]
        action = source.tools[write]
        listed = isinstance(action.calls[0].call.arguments.get(argument), list)
        constraint, requests = _requests(source, fields, (search, path, row_key, write, argument), key)
        others = [name for name in action.arguments if name not in (argument, key)]
        return {
            "tools": [search, write],
            "search": search,
            "search_key": key,
            "path": list(path),
            "row_key": row_key,
            "action": write,
            "argument": argument,
            "listed": listed,
            "constraint": list(constraint),
            "values": _values(rows, constraint),
            "asked_arguments": others,
            "requests": requests or [_plain(search, write, key, constraint, others)],
        }

    return None


def _links(source: Source, attempt: Attempt) -> Iterator[Link]:
    """Yields where the reference uses a listed value."""
    for event in attempt.calls:
        if event.kind != "read" or event.error or len(source.tools[event.call.name].arguments) != 1:
            continue
        for path, rows in row_lists(event.value):
            for call in source.gold(attempt):
                if source.tools[call.name].kind != "write" or not source.tools[call.name].calls:
                    continue
                for argument, value in call.arguments.items():
                    for key in _columns_with(rows, value):
                        yield event.call.name, path, key, call.name, argument


def _columns_with(rows: list[dict[str, Json]], value: Json) -> Iterator[str]:
    """Yields the row fields that tell the rows apart and hold a value, or each of several."""
    wanted = {str(value)}
    if isinstance(value, list):
        wanted = set(map(str, value))

    for key in rows[0]:
        values = {str(row.get(key)) for row in rows}
        if len(values) == len(rows) and wanted <= values:
            yield key


def row_lists(value: Json, path: Path = ()) -> Iterator[tuple[Path, list[dict[str, Json]]]]:
    """Yields the lists of two or more records in a value, tables by identifier included, with their paths.

    Args:
        value: A result as JSON.
        path: Where it stands, for the recursion.
    """
    if isinstance(value, list) and len(value) >= 2 and all(isinstance(row, dict) and row for row in value):
        yield path, value
    elif isinstance(value, dict):
        inner = list(value.values())
        if len(inner) >= 2 and all(isinstance(row, dict) and row for row in inner):
            yield path, inner
        else:
            for key, item in value.items():
                yield from row_lists(item, (*path, key))


def _all_rows(search: ToolSamples, path: Path) -> list[dict[str, Json]]:
    found = []
    for event in search.calls:
        for at, rows in row_lists(event.value):
            if at == path:
                found += rows
    return found


def _constraints(rows: list[dict[str, Json]], row_key: str) -> list[Path]:
    """Textual row fields with a few recurring values, one level of nesting included."""
    if not rows:
        return []

    paths: list[Path] = [(key,) for key in rows[0] if key != row_key]
    for key, item in rows[0].items():
        if isinstance(item, dict):
            paths += [(key, inner) for inner in item]
    return [path for path in paths if 2 <= len(_values(rows, path)) <= _MOST_VALUES]


def _values(rows: list[dict[str, Json]], path: Path) -> list[str]:
    """Textual values of a field, most frequent first; none where most rows lack the field."""
    texts = []
    for row in rows:
        value = _at(row, path)
        if isinstance(value, str):
            texts.append(value)

    if len(texts) * 2 < len(rows):
        return []
    return [value for value, _ in Counter(texts).most_common()]


def _at(row: Json, path: Path) -> Json:
    """What stands at a path in a row, None where it leads nowhere."""
    value: Any = row
    for part in path:
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _requests(source: Source, fields: list[Path], link: Link, key: str) -> tuple[Path, list[str]]:
    """The constraint that most requests name, and those requests as phrasings."""
    phrasings = {}
    for field in fields:
        phrasings[field] = most_common(_phrase(source, attempt, field, link, key) for attempt in source.attempts)

    best = max(fields, key=lambda field: len(phrasings[field]))
    return best, phrasings[best]


def _phrase(source: Source, attempt: Attempt, field: Path, link: Link, key: str) -> str | None:
    search, path, row_key, write, argument = link
    gold = source.gold(attempt)
    call = next((call for call in gold if call.name == write), None)
    event = next((event for event in attempt.calls if event.call.name == search and not event.error), None)
    # a reference of more calls asked for more than one choice
    if call is None or event is None or len(gold) > 2:
        return None

    row = _row(event, path, row_key, str(call.arguments.get(argument)))
    value = _at(row, field)
    if not isinstance(value, str):
        return None

    slots = {name: call.arguments[name] for name in call.arguments if name != argument}
    return with_slots(attempt.request, {**slots, key: event.call.arguments.get(key), "value": value})


def _row(event: CallEvent, path: Path, row_key: str, wanted: str) -> dict[str, Json] | None:
    rows = next((rows for at, rows in row_lists(event.value) if at == path), [])
    return next((row for row in rows if str(row.get(row_key)) == wanted), None)


def _plain(search: str, write: str, key: str, constraint: Path, others: list[str]) -> str:
    tail = ""
    if others:
        details = ", ".join(f"{name.replace('_', ' ')} {{{name}}}" for name in others)
        tail = f" ({details})"

    field = " ".join(str(part).replace("_", " ") for part in constraint)
    among = f"among {key.replace('_', ' ')} {{{key}}} take the one with {field} {{value}}"
    return f"Please {write.replace('_', ' ')}{tail}: {among}."
