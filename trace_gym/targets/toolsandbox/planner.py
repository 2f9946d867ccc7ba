"""Inside an episode's own process: a solution made of a scenario's milestones, by playing it."""

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
_LATE = "timestamp_upperbound"
_DATE = ("year", "month", "day", "hour", "minute", "second")
_NOW = datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc)


class Planner:
    """Reads milestones in an order their graph allows and does, for each, what it asks to see.

    Settings come first: a milestone's guardrail allows nothing to change since those before it in the graph.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        """Plans in a sandbox of its own.

        Args:
            sandbox: Where the plan is tried.
        """
        self._box = sandbox
        self._matcher = sandbox.scenario.evaluation.milestone_matcher
        self._tools = agent_tools(sandbox.context)
        self._traces: dict[int, Json] = {}
        self._turns: list[Json] = []

    def plan(self) -> list[Json]:
        """Returns turns: `{"name", "arguments"}` for a call, a text for a message; the last is a message.

        A scenario without milestones asks for nothing but to leave something alone, so its plan is to refuse.

        Raises:
            Exception: Of any kind, if a milestone asks for something there is no rule or no tool for.
        """
        dag = self._matcher.milestone_dag
        left = sorted(dag.nodes, key=lambda node: (not _sets(self._matcher.milestones[node]), node))
        while left:
            node = next(n for n in left if not set(dag.predecessors(n)) & set(left))
            self._reach(node, self._matcher.milestones[node])
            left.remove(node)

        if not self._turns:
            self._speak(REFUSAL)
        elif not isinstance(self._turns[-1], str):
            self._speak(DONE)

        return self._turns

    def _reach(self, node: int, milestone: Any) -> None:
        said: list[str] = []
        calls: dict[str, dict[str, Json]] = {}
        for constraint in milestone.snapshot_constraints:
            rule = getattr(constraint.snapshot_constraint, "func", constraint.snapshot_constraint).__name__
            if constraint.target_dataframe is None:
                # a guardrail
                continue
            rows = constraint.target_dataframe.to_dicts()
            if rule in _MADE_BY:
                self._change(constraint.database_namespace, _MADE_BY[rule], rows)
            elif constraint.database_namespace == "SETTING":
                self._set(rows[0])
            elif rows[0].get("content") is not None:
                said.append(rows[0]["content"].format(**self._extracted(constraint)))
            else:
                wanted = json.loads(rows[0]["tool_trace"])
                if isinstance(wanted, list):
                    wanted = wanted[0]
                arguments = calls.setdefault(wanted["tool_name"], {})
                arguments.update({**self._extracted(constraint), **wanted["arguments"]})

        for name, arguments in calls.items():
            self._traces[node] = self._call(name, {**self._filled(name, arguments), **arguments})
        if said:
            self._speak(max(said, key=len))

    def _change(self, namespace: Any, beginnings: tuple[str, ...], rows: list[dict[str, Json]]) -> None:
        """Calls the tool that adds, removes or modifies, once a row."""
        place = f".{str(namespace).lower()}"
        name = next(n for n, t in self._tools.items() if t.__module__.endswith(place) and _starts(t, beginnings))
        for row in rows:
            self._call(self._tools[name].__name__, dict(_fitting(self._tools[name], row)))

    def _set(self, row: dict[str, Json]) -> None:
        now = self._box.databases()["setting"][0]
        for column, value in row.items():
            tool = next(t for t in self._tools.values() if _starts(t, (f"set_{column}",)))
            if now[column] != value:
                self._call(tool.__name__, {"on": value})

    def _extracted(self, constraint: Any) -> dict[str, Json]:
        """What a constraint takes out of an earlier call's result."""
        given = getattr(constraint.snapshot_constraint, "keywords", {})
        if "extractor" not in given:
            return {}
        return dict(given["extractor"](self._traces[constraint.reference_milestone_node_index])[0])

    def _filled(self, name: str, given: dict[str, Json]) -> dict[str, Json]:
        """Arguments for a call of which a milestone only says that it is made."""
        parameters = inspect.signature(self._tool(name)).parameters
        if all(part in parameters for part in _DATE):
            when = datetime.datetime.fromtimestamp(self._target_time(), datetime.timezone.utc)
            return {part: getattr(when, part) for part in _DATE}
        if given or not parameters:
            return {}

        bound = next((p for p in parameters if p.endswith(_LATE)), None)
        if bound is None:
            return {"is_self": False}
        return {bound: NOW}

    def _target_time(self) -> float:
        """The one moment some later milestone wants to find in a table."""
        for milestone in self._matcher.milestones:
            for constraint in milestone.snapshot_constraints:
                frame = constraint.target_dataframe
                if frame is not None and "reminder_timestamp" in frame.columns:
                    return float(frame["reminder_timestamp"][0])
        return NOW

    def _call(self, name: str, arguments: dict[str, Json]) -> Json:
        """Makes a call by the tool's own name, keeps it in the plan, and returns its trace."""
        shown = next(n for n, tool in self._tools.items() if tool.__name__ == name)
        arguments = {key: value for key, value in arguments.items() if value is not None}
        [answer] = self._box.calls([{"id": f"plan_{len(self._turns)}", "name": shown, "arguments": arguments}])
        if answer["error"]:
            raise ValueError(f"{name} refuses: {answer['text']}")

        self._turns.append({"name": shown, "arguments": arguments})
        trace = self._box.context.get_database("SANDBOX")["tool_trace"][0]
        return json.loads(trace[0])

    def _speak(self, text: str) -> None:
        self._box.say(text)
        self._turns.append(text)

    def _tool(self, name: str) -> Callable[..., Any]:
        return next(tool for tool in self._tools.values() if tool.__name__ == name)


def _sets(milestone: Any) -> bool:
    return any(constraint.database_namespace == "SETTING" for constraint in milestone.snapshot_constraints)


def _starts(tool: Callable[..., Any], beginnings: tuple[str, ...]) -> bool:
    return tool.__name__.startswith(beginnings)


def _fitting(tool: Callable[..., Any], row: dict[str, Json]) -> Iterator[tuple[str, Json]]:
    """A row's values for the tool's parameters; a column may carry a longer name."""
    for parameter in inspect.signature(tool).parameters:
        columns = [column for column in row if column == parameter or column.endswith(f"_{parameter}")]
        if columns:
            yield parameter, row[min(columns, key=len)]
