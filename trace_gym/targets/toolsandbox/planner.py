"""Inside an episode's own process: makes a solution from a scenario's milestones, by playing it."""

from __future__ import annotations

import datetime
import inspect
import json
from collections.abc import Callable, Iterator
from typing import Any

from trace_gym.env.types import Json
from trace_gym.targets.toolsandbox.frozen import NOW
from trace_gym.targets.toolsandbox.sandbox import Sandbox
from trace_gym.targets.toolsandbox.scenarios import agent_tools

REFUSAL = "I am sorry, I cannot do that with what I have."
DONE = "Done."
_MADE_BY = {
    "addition_similarity": ("add_", "send_"),
    "removal_similarity": ("remove_",),
    "update_similarity": ("modify_",),
}
"""How the tools that make a change are named, by ToolSandbox's measure of that change."""
_LATE = "timestamp_upperbound"
"""How the parameters for the end of a period end."""
_DATE = ("year", "month", "day", "hour", "minute", "second")
_NOW = datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc)


class Planner:
    """Takes milestones in an order that their graph allows, and does for each what it asks to see.

    Settings come first: a milestone's guardrail allows nothing to change since the milestones before it in the graph.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        """Prepares to plan.

        Args:
            sandbox: A fresh scenario, in which the plan is played.
        """
        self._box = sandbox
        self._matcher = sandbox.scenario.evaluation.milestone_matcher
        self._tools = agent_tools(sandbox.context)
        self._traces: dict[int, Json] = {}
        self._turns: list[Json] = []

    def plan(self) -> list[Json]:
        """Returns turns: `{"name", "arguments"}` for a call, a text for a message; the last is a message.

        A scenario without milestones only asks to leave something alone, so its plan is to refuse.

        Raises:
            Exception: Of any kind, if a milestone asks for something that no rule or no tool can do.
        """
        dag = self._matcher.milestone_dag
        left = sorted(dag.nodes, key=lambda node: (not _sets(self._matcher.milestones[node]), node))
        while left:
            # the first one all of whose predecessors are done
            node = next(candidate for candidate in left if not set(dag.predecessors(candidate)) & set(left))
            self._reach(node, self._matcher.milestones[node])
            left.remove(node)

        if not self._turns:
            self._speak(REFUSAL)
        elif not isinstance(self._turns[-1], str):
            # the conversation ends with a message, which milestones need not ask for
            self._speak(DONE)
        return self._turns

    def _reach(self, node: int, milestone: Any) -> None:
        """Does what a milestone asks to see: changes first, then calls, then one message."""
        messages: list[str] = []
        arguments_by_tool: dict[str, dict[str, Json]] = {}
        for constraint in milestone.snapshot_constraints:
            # a guardrail, which only says that nothing may change
            if constraint.target_dataframe is None:
                continue

            rule = getattr(constraint.snapshot_constraint, "func", constraint.snapshot_constraint).__name__
            rows = constraint.target_dataframe.to_dicts()
            if rule in _MADE_BY:
                self._change(constraint.database_namespace, _MADE_BY[rule], rows)
            elif constraint.database_namespace == "SETTING":
                self._set(rows[0])
            elif rows[0].get("content") is not None:
                messages.append(rows[0]["content"].format(**self._extracted(constraint)))
            else:
                name, arguments = _traced_call(rows[0])
                # several constraints may each name some arguments of one call
                arguments_by_tool.setdefault(name, {}).update({**self._extracted(constraint), **arguments})

        for name, arguments in arguments_by_tool.items():
            self._traces[node] = self._call(name, {**self._filled(name, arguments), **arguments})
        # constraints on one message: the longest text contains what the others look for
        if messages:
            self._speak(max(messages, key=len))

    def _change(self, namespace: Any, beginnings: tuple[str, ...], rows: list[dict[str, Json]]) -> None:
        """Calls the tool that adds, removes or modifies, once per row."""
        # ToolSandbox keeps each table's tools in a module named after the table
        module_ending = f".{str(namespace).lower()}"
        for tool in self._tools.values():
            if tool.__module__.endswith(module_ending) and _starts(tool, beginnings):
                for row in rows:
                    self._call(tool.__name__, dict(_fitting(tool, row)))
                return
        raise ValueError(f"no tool makes this change of {namespace}.")

    def _set(self, row: dict[str, Json]) -> None:
        """Changes the settings that are not as wanted."""
        settings = self._box.databases()["setting"][0]
        for column, value in row.items():
            tool = next(tool for tool in self._tools.values() if _starts(tool, (f"set_{column}",)))
            # ToolSandbox refuses to switch on what is on
            if settings[column] != value:
                self._call(tool.__name__, {"on": value})

    def _extracted(self, constraint: Any) -> dict[str, Json]:
        """What a constraint takes from the result of an earlier milestone's call."""
        given = getattr(constraint.snapshot_constraint, "keywords", {})
        if "extractor" not in given:
            return {}
        return dict(given["extractor"](self._traces[constraint.reference_milestone_node_index])[0])

    def _filled(self, name: str, given: dict[str, Json]) -> dict[str, Json]:
        """Arguments for a call that a milestone only asks to be made."""
        parameters = inspect.signature(self._tool(name)).parameters
        if all(part in parameters for part in _DATE):
            when = datetime.datetime.fromtimestamp(self._target_time(), datetime.timezone.utc)
            return {part: getattr(when, part) for part in _DATE}
        if given or not parameters:
            return {}

        # a search refuses to run without a criterion: up to now finds all records, and so does everybody but oneself
        for parameter in parameters:
            if parameter.endswith(_LATE):
                return {parameter: NOW}
        return {"is_self": False}

    def _target_time(self) -> float:
        """The moment that a later milestone wants to find in a table, of which a scenario has one at most."""
        for milestone in self._matcher.milestones:
            for constraint in milestone.snapshot_constraints:
                frame = constraint.target_dataframe
                if frame is not None and "reminder_timestamp" in frame.columns:
                    return float(frame["reminder_timestamp"][0])
        return NOW

    def _call(self, name: str, arguments: dict[str, Json]) -> Json:
        """Makes a call by the tool's own name, adds it to the plan, and returns its trace."""
        # the agent calls a scrambled tool by another name
        shown_name = next(shown for shown, tool in self._tools.items() if tool.__name__ == name)
        arguments = {key: value for key, value in arguments.items() if value is not None}
        [answer] = self._box.calls([{"id": f"plan_{len(self._turns)}", "name": shown_name, "arguments": arguments}])
        if answer["error"]:
            raise ValueError(f"{name} refuses: {answer['text']}")

        self._turns.append({"name": shown_name, "arguments": arguments})
        trace = self._box.context.get_database("SANDBOX")["tool_trace"][0]
        return json.loads(trace[0])

    def _speak(self, text: str) -> None:
        self._box.say(text)
        self._turns.append(text)

    def _tool(self, name: str) -> Callable[..., Any]:
        return next(tool for tool in self._tools.values() if tool.__name__ == name)


def _traced_call(row: dict[str, Json]) -> tuple[str, dict[str, Json]]:
    """The tool and the arguments that a row's trace names."""
    trace = json.loads(row["tool_trace"])
    if isinstance(trace, list):
        trace = trace[0]
    return trace["tool_name"], trace["arguments"]


def _sets(milestone: Any) -> bool:
    """Whether a milestone is about settings."""
    return any(constraint.database_namespace == "SETTING" for constraint in milestone.snapshot_constraints)


def _starts(tool: Callable[..., Any], beginnings: tuple[str, ...]) -> bool:
    return tool.__name__.startswith(beginnings)


def _fitting(tool: Callable[..., Any], row: dict[str, Json]) -> Iterator[tuple[str, Json]]:
    """Yields a row's values for the tool's parameters; a column's name may be longer."""
    for parameter in inspect.signature(tool).parameters:
        columns = [column for column in row if column == parameter or column.endswith(f"_{parameter}")]
        # the shortest, as "content" itself before "reminder_content"
        if columns:
            yield parameter, row[min(columns, key=len)]
