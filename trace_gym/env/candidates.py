"""The finite set of actions that make sense for a task, for policies that pick instead of write."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

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

    Args:
        task: The problem.
        tools: The tools on offer, by name.

    Returns:
        At most 64 calls per tool besides the gold ones, all valid under the tools' schemas; tools with an argument that
        nothing is known about are left out.
    """
    candidates: list[ToolCall] = []
    for name, tool in tools.items():
        gold = [call for call in task.gold_calls if call.name == name]
        calls: list[ToolCall] = []
        for call in _combinations(tool, gold, task):
            if tool.fault(call.arguments) is None:
                calls.append(call)

        # the bound on combinations may have cut the gold calls off
        keys = set(map(_key, calls))
        for call in _distinct(gold):
            if _key(call) not in keys:
                calls.append(call)

        # gold calls that were put at the end would give themselves away
        calls.sort(key=lambda call: _places(call, task.request))
        candidates += calls
    return candidates


def candidate_messages(task: Task) -> list[str]:
    """Lists what could be said: the solution's messages, the same with facts that contradict them, and "Done.".

    Args:
        task: The problem.

    Returns:
        The messages, sorted.
    """
    gold = [turn for turn in task.gold if isinstance(turn, str)]
    messages = {*gold, "Done."}
    for message in gold:
        for fact in task.facts:
            if fact.value not in message:
                continue
            for contradiction in fact.unless:
                messages.add(message.replace(fact.value, contradiction))
    return sorted(messages)


def _combinations(tool: Tool, gold: Sequence[ToolCall], task: Task) -> list[ToolCall]:
    """Calls of one tool with every combination of likely values, up to a bound."""
    names = _argument_names(tool, gold)
    pools = [_pool(name, tool, task) for name in names]
    combinations = itertools.islice(itertools.product(*pools), _MOST_PER_TOOL)
    return [ToolCall(tool.name, dict(zip(names, values, strict=True))) for values in combinations]


def _argument_names(tool: Tool, gold: Sequence[ToolCall]) -> list[str]:
    """The arguments a candidate gives: the required ones, and those the solution gives."""
    wanted = set(tool.parameters.get("required", []))
    for call in gold:
        wanted |= set(call.arguments)
    return [name for name in tool.parameters.get("properties", {}) if name in wanted]


def _pool(argument: str, tool: Tool, task: Task) -> list[Json]:
    """The values an argument may take."""
    schema = tool.parameters["properties"][argument]
    if "enum" in schema:
        return list(schema["enum"])

    scalars: dict[str, Json] = {}
    structured: list[Json] = []
    forms: set[str] = set()
    for call in task.gold_calls:
        if argument not in call.arguments:
            continue
        value = call.arguments[argument]
        if isinstance(value, (dict, list)):
            structured.append(value)
            continue
        scalars[str(value)] = value
        if isinstance(value, str):
            forms.add(_form(value))

    # texts without a digit all have the empty form, and would all be taken for identifiers
    forms.discard("")
    for key, value in _walk(task.state):
        if isinstance(value, str) and (key == argument or _form(value) in forms):
            scalars[value] = value

    ordered = sorted(scalars.values(), key=lambda value: _place(value, task.request))
    # nothing like a nested value can be picked from the state, so the solution's own has to be offered
    return ordered[:_MOST_VALUES] + structured[:1]


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
    """How an identifier is built, its digits aside; empty for a text without a digit."""
    if not any(map(str.isdigit, value)):
        return ""
    return _DIGITS.sub("9", value)


def _places(call: ToolCall, request: str) -> list[tuple[int, str]]:
    """Where a request mentions each argument of a call."""
    return [_place(value, request) for value in call.arguments.values()]


def _place(value: Json, request: str) -> tuple[int, str]:
    """Where a request mentions a value, with the value itself to break ties; its end if it does not mention it."""
    text = str(value)
    position = request.find(text)
    if position < 0:
        position = len(request)
    return position, text


def _key(call: ToolCall) -> str:
    """The same text for equal calls, in whatever order their arguments are given."""
    arguments = sorted((name, str(value)) for name, value in call.arguments.items())
    return f"{call.name}{arguments}"


def _distinct(calls: Sequence[ToolCall]) -> list[ToolCall]:
    call_by_key: dict[str, ToolCall] = {}
    for call in calls:
        call_by_key[_key(call)] = call
    return list(call_by_key.values())
