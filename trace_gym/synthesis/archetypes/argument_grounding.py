"""Use an identifier in a write that only a lookup reveals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trace_gym.capabilities.attempt import Attempt, is_identifier
from trace_gym.env.types import Json, ToolCall
from trace_gym.synthesis.miner.phrases import most_common, plain_request, with_slots
from trace_gym.synthesis.miner.source import Source

NEEDS = "a lookup by identifier whose result holds an identifier that a write uses"
"""What trajectories must show for this archetype."""

Path = tuple[str | int, ...]


def mine(source: Source) -> dict[str, Any] | None:
    """Finds a lookup, where in its result the identifier stands, and the write argument that takes it.

    Args:
        source: The material.
    """
    for (lookup, path, write, argument), _ in source.count(_links).most_common():
        key = source.tools[lookup].arguments[0]
        action = source.tools[write]
        # the key is asked for anyway, and what the lookup reveals must not be
        asked = [name for name in action.arguments if name not in (argument, key)]
        requests = most_common(_phrase(source, a, lookup, key, write, argument) for a in source.attempts)
        return {
            "tools": [lookup, write],
            "lookup": lookup,
            "key": key,
            "path": list(path),
            "action": write,
            "argument": argument,
            "listed": isinstance(action.calls[0].call.arguments.get(argument), list),
            "asked_arguments": asked,
            "requests": requests or [plain_request(write, [key, *asked])],
        }

    return None


def _links(source: Source, attempt: Attempt) -> Iterator[tuple[str, Path, str, str]]:
    """Yields (lookup, path, write, argument) where a write took an identifier the user had not given."""
    told = " ".join(str(message["content"]) for message in attempt.messages if message["role"] == "user")
    taken = list(_taken(source, attempt, told))
    for event in attempt.calls:
        if event.kind != "read" or event.error or len(source.tools[event.call.name].arguments) != 1:
            continue

        # only what stands first in a list has a place that holds in other records too
        places = [(path, leaf) for path, leaf in _places(event.value) if not any(_numbers(path))]
        for write, argument, wanted in taken:
            for path, leaf in places:
                if leaf == wanted:
                    yield event.call.name, path, write, argument


def _taken(source: Source, attempt: Attempt, told: str) -> Iterator[tuple[str, str, Json]]:
    """Yields (write, argument, identifier) of the writes made or wanted, without what the user told."""
    made = [event.call for event in attempt.writes if not event.error]
    for call in [*source.gold(attempt), *made]:
        tool = source.tools.get(call.name)
        if tool is None or tool.kind != "write" or not tool.calls:
            continue

        for argument, value in call.arguments.items():
            is_single = isinstance(value, list) and len(value) == 1
            if is_single:
                wanted = value[0]
            else:
                wanted = value
            if is_identifier(wanted) and str(wanted) not in told:
                yield call.name, argument, wanted


def _numbers(path: Path) -> list[int]:
    return [part for part in path if isinstance(part, int)]


def _places(value: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Yields the leaves of a value with their paths; tables by identifier are left out, their keys being unstable."""
    if isinstance(value, dict):
        if len(value) >= 1 and all(is_identifier(key) for key in value):
            return
        for key, item in value.items():
            yield from _places(item, (*path, key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _places(item, (*path, i))
    else:
        yield path, value


def _phrase(source: Source, attempt: Attempt, lookup: str, key: str, write: str, argument: str) -> str | None:
    gold: list[ToolCall] = source.gold(attempt)
    look = next((call for call in gold if call.name == lookup), None)
    call = next((c for c in gold if c.name == write), None)
    if look is None or call is None or len(gold) > 2:
        return None
    slots = {name: value for name, value in call.arguments.items() if name != argument}
    return with_slots(attempt.request, {**slots, key: look.arguments.get(key)})
