"""Inside the zygote: ToolSandbox's scenarios, and what an environment needs to know about each, as plain JSON."""

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
"""The functions of ToolSandbox through which all tools change a database."""


def build(which: str) -> dict[str, Any]:
    """Returns ToolSandbox's `Scenario` objects by name, in its order.

    Args:
        which: `base` for the scenarios with exactly the tools they need, `all` for all eight tool sets.
    """
    package = load("scenarios")
    backend = load("common.tool_discovery").ToolBackend.DEFAULT
    # ToolSandbox shuffles the order in which tools are allowed, and its own command sets this seed
    random.seed(42)
    if which == ALL:
        return dict(package.named_scenarios(preferred_tool_backend=backend))

    found: dict[str, Any] = {}
    for group in _GROUPS:
        found.update(getattr(package, f"named_{group}_scenarios")(preferred_tool_backend=backend))
    return found


def describe(scenarios: dict[str, Any]) -> dict[str, Json]:
    """Describes scenarios for the environment.

    Args:
        scenarios: ToolSandbox's own scenarios, by name.

    Returns:
        `schemas`: the function schemas of all tools, each once. `rows`, by scenario name: `opening` (chat messages),
        `instruction` (what the user is told), `categories`, `tools` (numbers of schemas), `kinds` (`read` or `write`
        for each tool), `messages` (their limit), and `network` (whether a tool that the task is about uses the network,
        even if the point of the scenario is that this tool is missing).
    """
    schemas: list[Json] = []
    numbers: dict[str, int] = {}
    rows: dict[str, Json] = {}
    for name, scenario in scenarios.items():
        row, scenario_schemas = _row(scenario)
        row["tools"] = [_number(schema, schemas, numbers) for schema in scenario_schemas]
        rows[name] = row
    return {"schemas": schemas, "rows": rows}


def agent_tools(context: Any) -> dict[str, Callable[..., Any]]:
    """Returns the tools that a context offers the agent, by the names that the agent sees, scrambled or not.

    Args:
        context: ToolSandbox's execution context.
    """
    role = upstream().RoleType.AGENT
    offered = context.get_available_tools(scrambling_allowed=True)
    tools = {}
    for name, tool in offered.items():
        # a tool without the attribute is visible to everybody
        if role in getattr(tool, "visible_to", (role,)):
            tools[name] = tool
    return tools


def _row(scenario: Any) -> tuple[dict[str, Json], list[Json]]:
    """A scenario's description without the numbers of its tools, and its tools' schemas."""
    up = upstream()
    context = scenario.starting_context
    # the conversion to schemas takes from the current context how names and descriptions are scrambled
    up.set_current_context(context)
    tools = agent_tools(context)
    schemas = up.convert_to_openai_tools(tools)

    # what only the user sees are few-shot examples for ToolSandbox's own simulated user
    messages = [message for message in up.BaseRole.get_messages() if message.visible_to != [up.RoleType.USER]]
    row = {
        "opening": _opening(messages),
        "instruction": _instruction(messages),
        "categories": [str(category) for category in scenario.categories],
        "kinds": [_kind(tool) for tool in tools.values()],
        "messages": int(scenario.max_messages),
        "network": _needs_network(context),
    }
    return row, list(schemas)


def _opening(messages: Iterable[Any]) -> list[dict[str, Json]]:
    """What the agent reads at the start, as chat messages."""
    roles = upstream().RoleType
    opening = []
    for message in messages:
        if message.recipient != roles.AGENT:
            continue
        role = "user"
        if message.sender == roles.SYSTEM:
            role = "system"
        opening.append({"role": role, "content": message.content})
    return opening


def _instruction(messages: Iterable[Any]) -> str:
    """What the user is told about its task; empty if nothing."""
    roles = upstream().RoleType
    instruction = ""
    for message in messages:
        if (message.sender, message.recipient) == (roles.SYSTEM, roles.USER):
            # the last one is the task's
            instruction = message.content
    prefix: str = load("scenarios.user_simulator_few_shot_examples").USER_INSTRUCTION
    return instruction.removeprefix(prefix)


def _kind(tool: Callable[..., Any]) -> str:
    if writes(tool):
        return "write"
    return "read"


def _needs_network(context: Any) -> bool:
    return any(_asks_network(context.name_to_tool[name]) for name in context.tool_allow_list)


def _number(schema: Json, schemas: list[Json], numbers: dict[str, int]) -> int:
    """The number of a schema in the list, to which it is added if it is new."""
    key = repr(schema)
    if key not in numbers:
        numbers[key] = len(schemas)
        schemas.append(schema)
    return numbers[key]


def _asks_network(tool: Callable[..., Any]) -> bool:
    """Whether the tool's module imports an HTTP client."""
    return isinstance(_globals(tool).get("requests"), types.ModuleType)


def writes(tool: Callable[..., Any]) -> bool:
    """Returns whether a tool changes a database, by itself or through functions of ToolSandbox that it names.

    Args:
        tool: One of ToolSandbox's tools.
    """
    # read from the code, since ToolSandbox does not say which of its tools do
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
