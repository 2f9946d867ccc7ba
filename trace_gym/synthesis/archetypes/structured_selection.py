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
_MOST_VALUES = 12


def mine(source: Source) -> dict[str, Any] | None:
    """Finds a lookup that returns rows, the row field a write uses, and a field users choose by.

    Args:
        source: The material.
    """
    links = Counter(link for attempt in source.attempts for link in _links(source, attempt))
    for (search, path, row_key, write, argument), _ in links.most_common():
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


def _links(source: Source, attempt: Attempt) -> Iterator[tuple[str, Path, str, str, str]]:
    """Yields (search, path of its rows, row field, write, argument) where the reference uses a listed value."""
    for event in attempt.calls:
        if event.kind != "read" or event.error or len(source.tools[event.call.name].arguments) != 1:
            continue
        for path, rows in row_lists(event.value):
            for call in source.gold(attempt):
                if source.tools[call.name].kind != "write" or not source.tools[call.name].calls:
                    continue
                for argument, value in call.arguments.items():
                    wanted = {str(v) for v in (value if isinstance(value, list) else [value])}
                    for key in rows[0]:
                        values = [str(row.get(key)) for row in rows]
                        if len(set(values)) == len(rows) and wanted <= set(values):
                            yield event.call.name, path, key, call.name, argument


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
    return [row for event in search.calls for at, rows in row_lists(event.value) if at == path for row in rows]


def _constraints(rows: list[dict[str, Json]], row_key: str) -> list[Path]:
    """Textual row fields with a few recurring values, one level of nesting included."""
    paths: list[Path] = [(key,) for key in rows[0] if key != row_key] if rows else []
    paths += [
        (key, inner) for key, item in (rows[0] if rows else {}).items() if isinstance(item, dict) for inner in item
    ]
    return [path for path in paths if 2 <= len(_values(rows, path)) <= _MOST_VALUES]


def _values(rows: list[dict[str, Json]], path: Path) -> list[str]:
    found = []
    for row in rows:
        value: Any = row
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, str):
            found.append(value)

    return [value for value, _ in Counter(found).most_common()] if len(found) * 2 >= len(rows) else []


def _requests(
    source: Source, fields: list[Path], link: tuple[str, Path, str, str, str], key: str
) -> tuple[Path, list[str]]:
    """The constraint that most requests name, and those requests as phrasings."""
    found = {field: most_common(_phrase(source, a, field, link, key) for a in source.attempts) for field in fields}
    best = max(fields, key=lambda field: len(found[field]))
    return best, found[best]


def _phrase(
    source: Source, attempt: Attempt, field: Path, link: tuple[str, Path, str, str, str], key: str
) -> str | None:
    search, path, row_key, write, argument = link
    gold = source.gold(attempt)
    call = next((c for c in gold if c.name == write), None)
    event = next((e for e in attempt.calls if e.call.name == search and not e.error), None)
    if call is None or event is None or len(gold) > 2:
        return None

    row = _row(event, path, row_key, str(call.arguments.get(argument)))
    values = _values([row], field) if row else []
    if not values:
        return None

    slots = {name: call.arguments[name] for name in call.arguments if name != argument}
    return with_slots(attempt.request, {**slots, key: event.call.arguments.get(key), "value": values[0]})


def _row(event: CallEvent, path: Path, row_key: str, wanted: str) -> dict[str, Json] | None:
    rows = next((rows for at, rows in row_lists(event.value) if at == path), [])
    return next((row for row in rows if str(row.get(row_key)) == wanted), None)


def _plain(search: str, write: str, key: str, constraint: Path, others: list[str]) -> str:
    details = ", ".join(f"{name.replace('_', ' ')} {{{name}}}" for name in others)
    tail = f" ({details})" if details else ""
    field = " ".join(str(part).replace("_", " ") for part in constraint)
    among = f"among {key.replace('_', ' ')} {{{key}}} take the one with {field} {{value}}"
    return f"Please {write.replace('_', ' ')}{tail}: {among}."
