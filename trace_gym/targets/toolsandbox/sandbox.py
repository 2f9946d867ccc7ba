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
            scenario: ToolSandbox's own scenario.
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
        """ToolSandbox's current execution context, asked for each time since parallel calls replace it."""
        return self._up.get_current_context()

    @property
    def count(self) -> int:
        """How many messages have been added since the start, for which the scenario has a limit."""
        return int(self.context.max_sandbox_message_index - self._first)

    @property
    def full(self) -> bool:
        """Whether the scenario's messages are used up, after which ToolSandbox lets nobody answer."""
        return self.count >= int(self.scenario.max_messages)

    def calls(self, calls: Sequence[dict[str, Json]]) -> list[dict[str, Json]]:
        """Runs the calls of one turn as ToolSandbox does: several calls in every order, failing if one order fails.

        Args:
            calls: For each call, `id` (an identifier), `name` (as shown to the agent) and `arguments`.

        Returns:
            For each call, `text` (what the agent reads) and `error`.
        """
        offered = set(agent_tools(self.context))
        self._up.BaseRole.add_messages([self._message(call, offered) for call in calls])
        if self.full:
            return [{"text": NOT_RUN, "error": True} for _ in calls]

        before = self.context.max_sandbox_message_index
        self._console.respond()
        # one answer per call, in no particular order
        answers = {}
        for message in self._up.BaseRole.get_messages()[-len(calls) :]:
            answers[message.openai_tool_call_id] = message
        assert self.context.max_sandbox_message_index == before + len(calls)

        results = []
        for call in calls:
            answer = answers[call["id"]]
            results.append({"text": answer.content, "error": answer.tool_call_exception is not None})
        return results

    def say(self, text: str) -> None:
        """Adds a message from the agent to the user.

        Args:
            text: What the agent says.
        """
        roles = self._up.RoleType
        self._add(roles.AGENT, roles.USER, text)

    def hear(self, text: str) -> None:
        """Adds a message from the user to the agent.

        Args:
            text: What the user says.
        """
        roles = self._up.RoleType
        # the agent's message may have been the last one of the scenario
        if not self.full:
            self._add(roles.USER, roles.AGENT, text)

    def end(self) -> None:
        """Has the user end the conversation, with the tool that it has for that purpose."""
        roles = self._up.RoleType
        if not self.full:
            self._add(roles.USER, roles.EXECUTION_ENVIRONMENT, "end_conversation()")
        # asked again, as that was a message, too
        if not self.full:
            self._console.respond()

    def score(self) -> float:
        """Returns ToolSandbox's similarity of what happened so far, in [0, 1]."""
        result = self.scenario.evaluation.evaluate(
            execution_context=self.context, max_turn_count=self.scenario.max_messages
        )
        return float(result.similarity)

    def databases(self) -> dict[str, Json]:
        """Returns the world's tables, by lower-case name, each as its rows in order."""
        namespaces = self._up.DatabaseNamespace
        databases = {}
        for name in _WORLDS:
            databases[name.lower()] = self.context.get_database(namespaces[name]).to_dicts()
        return databases

    def changes(self) -> dict[str, Json]:
        """Returns the tables that have changed since the start."""
        changes = {}
        for name, rows in self.databases().items():
            if rows != self._start[name]:
                changes[name] = rows
        return changes

    def _message(self, call: dict[str, Json], offered: set[str]) -> Any:
        """The agent's message to the console that makes a call."""
        roles = self._up.RoleType
        return self._up.Message(
            sender=roles.AGENT,
            recipient=roles.EXECUTION_ENVIRONMENT,
            content=self._code(call, offered),
            openai_tool_call_id=call["id"],
            openai_function_name=call["name"],
        )

    def _code(self, call: dict[str, Json], offered: set[str]) -> str:
        """The Python code that ToolSandbox writes for a call, which its console executes.

        Raises:
            KeyError: If the tool is not offered.
        """
        # so that the code consists of an offered tool's name and of literals, whatever a model has written
        if call["name"] not in offered or not str(call["id"]).isidentifier():
            raise KeyError(call["name"])
        native_call = _Call(call["id"], _Named(call["name"], json.dumps(call["arguments"])))
        # a scrambled tool keeps its own name in the console
        name = self.context.get_execution_facing_tool_name(call["name"])
        code = self._up.openai_tool_call_to_python_code(native_call, offered, execution_facing_tool_name=name)
        return str(code)

    def _add(self, sender: Any, recipient: Any, text: str) -> None:
        message = self._up.Message(sender=sender, recipient=recipient, content=text)
        self._up.BaseRole.add_messages([message])

    def _prepare_console(self) -> None:
        """Runs the scenario's system messages to the console, which import the tools."""
        roles = self._up.RoleType
        for index, message in enumerate(self._up.BaseRole.get_messages()):
            if (message.sender, message.recipient) == (roles.SYSTEM, roles.EXECUTION_ENVIRONMENT):
                self._console.respond(ending_index=index)


class _Named:
    """The attributes that ToolSandbox reads of an OpenAI call's function."""

    def __init__(self, name: str, arguments: str) -> None:
        self.name = name
        self.arguments = arguments


class _Call:
    """The attributes that ToolSandbox reads of an OpenAI call."""

    def __init__(self, identifier: str, function: _Named) -> None:
        self.id = identifier
        self.function = function
