"""The finite set of actions that make sense for a task, for policies that pick instead of write."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping

from trace_gym.env.task import Task
from trace_gym.env.tools import Tool
from trace_gym.env.types import Json, ToolCall

_DIGITS = re.compile(r"\d+")
_MOST_VALUES = 12
_MOST_PER_TOOL = 64


def candidate_calls(task: Task, tools: Mapping[str, Tool]) -> list[ToolCall]:
    """Lists calls made of values that occur in the task, the gold calls among them.

    An argument takes the values the solution uses for it, the identifiers of the state that are built alike, what the
    state's records hold under its name, and what its schema enumerates. The order tells nothing about the solution:
    tools as they are defined, values as the request mentions them, then by their text.

    Returns:
        At most 64 calls per tool besides the gold ones; tools with an argument that nothing is known about are left
        out.
    """
    found: list[ToolCall] = []
    for name, tool in tools.items():
        gold = [call for call in task.gold_calls if call.name == name]
        names = _argument_names(tool, gold)
        pools = [_pool(argument, tool, task) for argument in names]
        combinations = itertools.islice(itertools.product(*pools), _MOST_PER_TOOL)
        calls = [ToolCall(name, dict(zip(names, values, strict=True))) for values in combinations]
        calls = [call for call in calls if tool.accepts(call.arguments)]
        known = {_key(call) for call in calls}
        calls += [call for call in _distinct(gold) if _key(call) not in known]
        found += sorted(calls, key=lambda call: [_place(v, task.request) for v in call.arguments.values()])
    return found


def candidate_messages(task: Task) -> list[str]:
    """Lists what could be said: the solution's messages, the same with facts that contradict them, and "Done."."""
    said = [turn for turn in task.gold if isinstance(turn, str)]
    wrong = [
        message.replace(fact.value, other)
        for message in said
        for fact in task.facts
        for other in fact.unless
        if fact.value in message
    ]
    return sorted({*said, *wrong, "Done."})


def _argument_names(tool: Tool, gold: list[ToolCall]) -> list[str]:
    """The arguments a candidate gives: the required ones, and those the solution gives."""
    required = tool.parameters.get("required", [])
    used = {name for call in gold for name in call.arguments}
    return [name for name in tool.parameters.get("properties", {}) if name in required or name in used]


def _pool(argument: str, tool: Tool, task: Task) -> list[Json]:
    schema = tool.parameters["properties"][argument]
    if "enum" in schema:
        return list(schema["enum"])
    used = [call.arguments[argument] for call in task.gold_calls if argument in call.arguments]
    forms = {_form(value) for value in used if isinstance(value, str)} - {""}
    state = list(_walk(task.state))
    named = [value for key, value in state if key == argument and isinstance(value, str)]
    alike = [value for _, value in state if isinstance(value, str) and _form(value) in forms]
    found = {str(value): value for value in [*used, *named, *alike] if not isinstance(value, (dict, list))}
    ordered = sorted(found.values(), key=lambda value: _place(value, task.request))[:_MOST_VALUES]
    return ordered + [value for value in used if isinstance(value, (dict, list))][:1]


def _walk(value: Json, key: str = "") -> Iterator[tuple[str, Json]]:
    """Yields every scalar with the key it stands under, and every key itself."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield "", name
            yield from _walk(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, key)
    else:
        yield key, value


def _form(value: str) -> str:
    """How an identifier is built, its digits aside; empty for what holds no digit."""
    return _DIGITS.sub("9", value) if any(character.isdigit() for character in value) else ""


def _place(value: Json, request: str) -> tuple[int, str]:
    position = request.find(str(value))
    return (position if position >= 0 else len(request), str(value))


def _key(call: ToolCall) -> str:
    return f"{call.name}{sorted((name, str(value)) for name, value in call.arguments.items())}"


def _distinct(calls: list[ToolCall]) -> list[ToolCall]:
    return list({_key(call): call for call in calls}.values())
