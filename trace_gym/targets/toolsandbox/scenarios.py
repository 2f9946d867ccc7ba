"""Inside the zygote: ToolSandbox's scenarios, and what an environment must know of each as plain JSON."""

from __future__ import annotations

import random
import types
from collections.abc import Callable, Iterable
from typing import Any

from trace_gym.env.types import Json
from trace_gym.targets.toolsandbox.install import PACKAGE
from trace_gym.targets.toolsandbox.upstream import load, upstream

BASE, ALL = "base", "all"
_GROUPS = ("single_tool_call", "multiple_tool_call", "multiple_user_turn", "insufficient_information")
_WRITERS = frozenset({"add_to_database", "remove_from_database", "update_database"})


def build(which: str) -> dict[str, Any]:
    """Returns ToolSandbox's `Scenario` objects by name, in its order.

    Args:
        which: `base` for those with exactly the tools they need, `all` for their eight tool sets, too.
    """
    package = load("scenarios")
    backend = load("common.tool_discovery").ToolBackend.DEFAULT
    # as its own command does: the order in which tools are allowed is shuffled
    random.seed(42)
    if which == ALL:
        return dict(package.named_scenarios(preferred_tool_backend=backend))

    found: dict[str, Any] = {}
    for group in _GROUPS:
        found.update(getattr(package, f"named_{group}_scenarios")(preferred_tool_backend=backend))
    return found


def describe(scenarios: dict[str, Any]) -> dict[str, Json]:
    """Returns `schemas` (each once), and by scenario name what it starts with, its tools by number, and its kind.

    Of each: `opening` (chat messages), `instruction` (what the user is told), `categories`, `tools` and `kinds` (by
    number and `read` or `write`), `messages` (its limit), `network` (whether a tool that its task is about asks the
    network, be it offered or, where the point is that it is missing, denied).

    Args:
        scenarios: ToolSandbox's own, by name.
    """
    schemas: list[Json] = []
    numbers: dict[str, int] = {}
    rows: dict[str, Json] = {}
    for name, scenario in scenarios.items():
        row, shown = _row(scenario)
        row["tools"] = [_number(schema, schemas, numbers) for schema in shown]
        rows[name] = row

    return {"schemas": schemas, "rows": rows}


def agent_tools(context: Any) -> dict[str, Callable[..., Any]]:
    """Returns the tools the context offers the agent, by the names it shows, scrambled where it scrambles them.

    Args:
        context: ToolSandbox's execution context.
    """
    up = upstream()
    role = up.RoleType.AGENT
    offered = context.get_available_tools(scrambling_allowed=True)
    return {name: tool for name, tool in offered.items() if role in getattr(tool, "visible_to", (role,))}


def _row(scenario: Any) -> tuple[dict[str, Json], list[Json]]:
    up = upstream()
    context = scenario.starting_context
    # the conversion to schemas reads the scrambling from there
    up.set_current_context(context)
    tools = agent_tools(context)
    schemas = up.convert_to_openai_tools(tools)
    roles = up.RoleType
    texts = [m for m in up.BaseRole.get_messages() if m.visible_to != [up.RoleType.USER]]

    told = [m.content for m in texts if (m.sender, m.recipient) == (roles.SYSTEM, roles.USER)]
    prefix = load("scenarios.user_simulator_few_shot_examples").USER_INSTRUCTION
    row = {
        "opening": [
            {"role": "system" if m.sender == roles.SYSTEM else "user", "content": m.content}
            for m in texts
            if m.recipient == roles.AGENT
        ],
        "instruction": told[-1].removeprefix(prefix) if told else "",
        "categories": [str(category) for category in scenario.categories],
        "kinds": ["write" if writes(tool) else "read" for tool in tools.values()],
        "messages": int(scenario.max_messages),
        "network": any(_asks_network(context.name_to_tool[name]) for name in context.tool_allow_list),
    }

    return row, list(schemas)


def _number(schema: Json, schemas: list[Json], numbers: dict[str, int]) -> int:
    key = repr(schema)
    if key not in numbers:
        numbers[key] = len(schemas)
        schemas.append(schema)
    return numbers[key]


def _asks_network(tool: Callable[..., Any]) -> bool:
    """Whether the tool's module has a HTTP client at hand."""
    return isinstance(_globals(tool).get("requests"), types.ModuleType)


def writes(tool: Callable[..., Any]) -> bool:
    """Whether a tool changes a database, by itself or through a function of ToolSandbox that it names.

    Args:
        tool: One of ToolSandbox's tools.
    """
    seen: set[str] = set()
    open_ends = [tool]
    while open_ends:
        function = open_ends.pop()
        names = set(_names(_code(function)))
        if names & _WRITERS:
            return True
        scope = _globals(function)
        for name in names - seen:
            value = scope.get(name)
            if callable(value) and not isinstance(value, type) and _of_tools(value):
                open_ends.append(value)
        seen |= names

    return False


def _of_tools(value: Any) -> bool:
    return str(getattr(value, "__module__", "")).startswith(f"{PACKAGE}.tools.")


def _inner(function: Any) -> Any:
    """The function below its decorators."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def _globals(function: Any) -> dict[str, Any]:
    return dict(getattr(_inner(function), "__globals__", {}))


def _code(function: Any) -> types.CodeType | None:
    return getattr(_inner(function), "__code__", None)


def _names(code: types.CodeType | None) -> Iterable[str]:
    """The names a function uses, those of functions inside it included."""
    if code is None:
        return
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)
