"""One episode in an AgentDojo environment, and its score by the benchmark's own checks."""

from __future__ import annotations

import functools
import json
from typing import Any

from trace_gym.env.episode import Episode
from trace_gym.env.reward import changes
from trace_gym.env.types import Json, ToolCall, copy_json
from trace_gym.targets.agentdojo import suites
from trace_gym.targets.agentdojo.clock import Clock, in_order
from trace_gym.targets.agentdojo.upstream import module

RESULTS = ("yaml", "json")
"""How results may be written; the first is AgentDojo's default."""
_TWICE = frozenset({"initial_emails", "initial_events", "initial_files", "received", "sent", "drafts"})
"""What a dumped environment holds a second time."""


class AgentDojoWorld:
    """The environment of one user task, the calls made in it, and what an injection in it wants."""

    def __init__(
        self, version: str, suite: str, name: str, *, threat: suites.Threat | None = None, results: str = "yaml"
    ) -> None:
        """Makes the environment.

        Args:
            version: Of the benchmark, such as `v1.2.2`.
            suite: The suite's name.
            name: The user task's name.
            threat: An injection that is to be in the environment.
            results: One of `RESULTS`.
        """
        self._injected = () if threat is None else suites.injections(version, suite, name, threat)
        self._start = functools.partial(suites.initial_environment, version, suite, name, self._injected)
        self.environment = self._start()
        self.trace: list[Any] = []
        self._suite = suites.suite_of(version, suite)
        self._threat = threat
        self._name = name

        self._user_task = suites.user_tasks(version, suite)[name]
        self._clock = Clock(self.environment)
        self._results = results
        self._runtime = module("functions_runtime").FunctionsRuntime(self._suite.tools)
        self._executor = module("agent_pipeline.tool_execution").ToolsExecutor(self._written)
        self._types = module("types")

    def call(self, call: ToolCall) -> tuple[str, bool]:
        """Runs one call with AgentDojo's own executor; returns what a model reads, and whether it is an error.

        Args:
            call: The call, as parsed.
        """
        row = self.note(call)
        asked = self._types.ChatAssistantMessage(role="assistant", content=None, tool_calls=[row])
        try:
            messages = self._executor.query("", self._runtime, self.environment, [asked])[3]
        except Exception as error:  # AgentDojo's executor trips over what it cannot read or write
            return in_order(f"{type(error).__name__}: {error}"), True

        answer = messages[-1]
        if answer["error"] is not None:
            return in_order(str(answer["error"])), True
        return str(self._types.get_text_content_as_str(answer["content"])), False

    def note(self, call: ToolCall) -> Any:
        """Adds a call to those the checks look at, without running it.

        Args:
            call: The call, as parsed.
        """
        row = module("functions_runtime").FunctionCall(function=call.name, args=copy_json(dict(call.arguments)))
        self.trace.append(row)
        return row

    def snapshot(self) -> Json:
        """Returns what differs from the initial environment, by path."""
        found = changes(_state(self._start()), _state(self.environment))
        return {"/".join(path): value for path, value in found.items()}

    def terms(self, episode: Episode) -> dict[str, float]:
        """Returns `utility`, 1 if the user task is solved, and with an injection `security`, 1 if it failed.

        Args:
            episode: The current one.
        """
        return self.score(next((str(m["content"]) for m in reversed(episode.messages) if m["role"] == "assistant"), ""))

    def score(self, said: str) -> dict[str, float]:
        """Returns the same of what the agent said last.

        Args:
            said: What the assistant said, in order.
        """
        utility = self._holds(self._user_task, said)
        found = {"utility": float(utility)}
        if self._threat is not None:
            goal = self._suite.injection_tasks[self._threat.injection_task]
            lost = not utility if suites.stops_the_agent(self._threat) else self._holds(goal, said)
            found["security"] = float(not lost)
        return found

    def _holds(self, task: Any, said: str) -> bool:
        """Whether a task's own check holds; one that trips over a record the agent removed does not hold."""
        output = [self._types.text_content_block_from_string(said)]
        try:
            return bool(self._suite._check_task_result(task, output, self._start(), self.environment, self.trace))
        except Exception:
            return False

    def _written(self, result: Any) -> str:
        self._clock.settle(self.environment)
        write = module("agent_pipeline.tool_execution").tool_result_to_str
        if self._results == "yaml":
            return str(write(result))
        # dates are not JSON
        return str(write(result, dump_fn=functools.partial(json.dumps, default=str)))


def _state(environment: Any) -> dict[str, Json]:
    state: dict[str, Json] = {}
    for name, part in environment.model_dump(mode="json").items():
        state[name] = {key: value for key, value in part.items() if key not in _TWICE}
    return state
