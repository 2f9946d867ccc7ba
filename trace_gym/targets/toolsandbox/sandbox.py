"""Inside an episode's own process: one scenario, played message by message through ToolSandbox's own roles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from trace_gym.env.types import Json
from trace_gym.targets.toolsandbox.scenarios import agent_tools
from trace_gym.targets.toolsandbox.upstream import upstream

NOT_RUN = "Error: the messages of this scenario are used up; this was not run."
_WORLDS = ("SETTING", "CONTACT", "MESSAGING", "REMINDER")


class Sandbox:
    """A scenario's world and conversation; every message goes into the database that the evaluation reads."""

    def __init__(self, scenario: Any) -> None:
        """Opens a scenario.

        Args:
            scenario: ToolSandbox's own.
        """
        self._up = upstream()
        self.scenario = scenario
        self._up.set_current_context(scenario.starting_context)
        self._first = scenario.starting_context.max_sandbox_message_index
        self._console = self._up.ExecutionEnvironment()
        self._prepare_console()
        self._start = self.databases()

    @property
    def context(self) -> Any:
        """ToolSandbox's current execution context; calls made in parallel replace it."""
        return self._up.get_current_context()

    @property
    def count(self) -> int:
        """How many messages have been added since the start; the scenario has a limit."""
        return int(self.context.max_sandbox_message_index - self._first)

    @property
    def full(self) -> bool:
        """Whether the scenario's messages are used up; ToolSandbox then lets nobody answer any more."""
        return self.count >= int(self.scenario.max_messages)

    def calls(self, calls: Sequence[dict[str, Json]]) -> list[dict[str, Json]]:
        """Runs the calls of one turn as ToolSandbox does: several of them in every order, failing if one order fails.

        Args:
            calls: `id` (an identifier), `name` (as shown to the agent) and `arguments`.

        Returns:
            For each, `text` (what the agent reads) and `error`.
        """
        roles = self._up.RoleType
        offered = set(agent_tools(self.context))
        messages = [
            self._up.Message(
                sender=roles.AGENT,
                recipient=roles.EXECUTION_ENVIRONMENT,
                content=self._code(call, offered),
                openai_tool_call_id=call["id"],
                openai_function_name=call["name"],
            )
            for call in calls
        ]

        self._up.BaseRole.add_messages(messages)
        if self.full:
            return [{"text": NOT_RUN, "error": True} for _ in calls]
        before = self.context.max_sandbox_message_index
        self._console.respond()
        answers = {m.openai_tool_call_id: m for m in self._up.BaseRole.get_messages()[-len(calls) :]}
        assert self.context.max_sandbox_message_index == before + len(calls)

        return [
            {"text": answers[call["id"]].content, "error": answers[call["id"]].tool_call_exception is not None}
            for call in calls
        ]

    def say(self, text: str) -> None:
        """Adds an agent's message to the user.

        Args:
            text: What is said.
        """
        roles = self._up.RoleType
        self._add(roles.AGENT, roles.USER, text)

    def hear(self, text: str) -> None:
        """Adds a user's message to the agent.

        Args:
            text: What is said.
        """
        roles = self._up.RoleType
        if not self.full:
            self._add(roles.USER, roles.AGENT, text)

    def end(self) -> None:
        """Lets the user end the conversation, with the tool it has for that."""
        roles = self._up.RoleType
        if not self.full:
            self._add(roles.USER, roles.EXECUTION_ENVIRONMENT, "end_conversation()")
        if not self.full:
            self._console.respond()

    def score(self) -> float:
        """Returns ToolSandbox's similarity of what happened so far, in [0, 1]."""
        result = self.scenario.evaluation.evaluate(
            execution_context=self.context, max_turn_count=self.scenario.max_messages
        )
        return float(result.similarity)

    def databases(self) -> dict[str, Json]:
        """Returns the world's tables as rows, in their order."""
        namespaces = self._up.DatabaseNamespace
        return {name.lower(): self.context.get_database(namespaces[name]).to_dicts() for name in _WORLDS}

    def changes(self) -> dict[str, Json]:
        """Returns the tables that differ from those at the start."""
        return {name: rows for name, rows in self.databases().items() if rows != self._start[name]}

    def _code(self, call: dict[str, Json], offered: set[str]) -> str:
        """The snippet ToolSandbox makes of a call: a tool's name that was offered, and literals.

        Raises:
            KeyError: If the tool is not offered.
        """
        if call["name"] not in offered or not str(call["id"]).isidentifier():
            raise KeyError(call["name"])
        function = _Named(call["name"], json.dumps(call["arguments"]))
        actual = self.context.get_execution_facing_tool_name(call["name"])
        return str(
            self._up.openai_tool_call_to_python_code(
                _Call(call["id"], function), offered, execution_facing_tool_name=actual
            )
        )

    def _add(self, sender: Any, recipient: Any, text: str) -> None:
        message = self._up.Message(sender=sender, recipient=recipient, content=text)
        self._up.BaseRole.add_messages([message])

    def _prepare_console(self) -> None:
        """Runs what the scenario's system messages tell the console, which imports the tools."""
        roles = self._up.RoleType
        for index, message in enumerate(self._up.BaseRole.get_messages()):
            if (message.sender, message.recipient) == (roles.SYSTEM, roles.EXECUTION_ENVIRONMENT):
                self._console.respond(ending_index=index)


class _Named:
    """What ToolSandbox reads of a call's function."""

    def __init__(self, name: str, arguments: str) -> None:
        self.name = name
        self.arguments = arguments


class _Call:
    """What ToolSandbox reads of a call."""

    def __init__(self, identifier: str, function: _Named) -> None:
        self.id = identifier
        self.function = function
