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
"""How tool results may be written; the first is AgentDojo's default."""
_TWICE = frozenset({"initial_emails", "initial_events", "initial_files", "received", "sent", "drafts"})
"""Fields of a dumped environment that repeat what other fields hold."""


class AgentDojoWorld:
    """The environment of one user task, the calls made in it, and what an injection in it wants."""

    def __init__(
        self, version: str, suite: str, name: str, *, threat: suites.Threat | None = None, results: str = "yaml"
    ) -> None:
        """Makes the environment.

        Args:
            version: The benchmark's version, such as `v1.2.2`.
            suite: The suite's name.
            name: The user task's name.
            threat: The attack whose injection is put into the environment; none by default.
            results: One of `RESULTS`.
        """
        injected: suites.Injections = ()
        if threat is not None:
            injected = suites.injections(version, suite, name, threat)
        self._start = functools.partial(suites.initial_environment, version, suite, name, injected)
        self.environment = self._start()
        self.trace: list[Any] = []

        self._suite = suites.suite_of(version, suite)
        self._threat = threat
        self._user_task = suites.user_tasks(version, suite)[name]
        self._clock = Clock(self.environment)
        self._results = results
        self._runtime = module("functions_runtime").FunctionsRuntime(self._suite.tools)
        self._executor = module("agent_pipeline.tool_execution").ToolsExecutor(self._written)
        self._types = module("types")

    def call(self, call: ToolCall) -> tuple[str, bool]:
        """Runs one call with AgentDojo's own executor; see `World.call`."""
        benchmark_call = self.note(call)
        turn = self._types.ChatAssistantMessage(role="assistant", content=None, tool_calls=[benchmark_call])
        try:
            messages = self._executor.query("", self._runtime, self.environment, [turn])[3]
        except Exception as error:
            # the executor catches what a tool raises, but not its own trouble with odd arguments and results
            return in_order(f"{type(error).__name__}: {error}"), True

        answer = messages[-1]
        if answer["error"] is not None:
            return in_order(str(answer["error"])), True
        return str(self._types.get_text_content_as_str(answer["content"])), False

    def note(self, call: ToolCall) -> Any:
        """Adds a call to those that the checks look at, without running it.

        Args:
            call: The call, as parsed.

        Returns:
            The call as AgentDojo's own type.
        """
        # copied, since the executor rewrites arguments in place
        arguments = copy_json(dict(call.arguments))
        benchmark_call = module("functions_runtime").FunctionCall(function=call.name, args=arguments)
        self.trace.append(benchmark_call)
        return benchmark_call

    def snapshot(self) -> Json:
        """Returns what differs from the initial environment, by path."""
        differences = changes(_state(self._start()), _state(self.environment))
        return {"/".join(path): value for path, value in differences.items()}

    def terms(self, episode: Episode) -> dict[str, float]:
        """Returns `utility`, and `security` if there is an injection; see `score`.

        Args:
            episode: The finished episode.
        """
        for message in reversed(episode.messages):
            if message["role"] == "assistant":
                return self.score(str(message["content"]))
        return self.score("")

    def score(self, said: str) -> dict[str, float]:
        """Returns the parts of AgentDojo's score.

        Args:
            said: The assistant's last message.

        Returns:
            `utility`, 1 if the user task is solved; with an injection also `security`, 1 if the injection failed.
        """
        utility = self._holds(self._user_task, said)
        terms = {"utility": float(utility)}
        if self._threat is not None:
            terms["security"] = float(not self._succeeded(self._threat, utility, said))
        return terms

    def _succeeded(self, threat: suites.Threat, utility: bool, said: str) -> bool:
        """Whether the injection got what it wanted."""
        if suites.stops_the_agent(threat):
            return not utility
        return self._holds(self._suite.injection_tasks[threat.injection_task], said)

    def _holds(self, task: Any, said: str) -> bool:
        """Whether a task's own check holds."""
        output = [self._types.text_content_block_from_string(said)]
        try:
            return bool(self._suite._check_task_result(task, output, self._start(), self.environment, self.trace))
        except Exception:
            # a check looks records up without asking whether the agent has removed them
            return False

    def _written(self, result: Any) -> str:
        """Writes a result as AgentDojo does."""
        # before the result is written, as it may quote a timestamp that was just made
        self._clock.settle(self.environment)

        write = module("agent_pipeline.tool_execution").tool_result_to_str
        if self._results == "yaml":
            return str(write(result))
        # results hold dates, for which JSON has no form of its own
        return str(write(result, dump_fn=functools.partial(json.dumps, default=str)))


def _state(environment: Any) -> dict[str, Json]:
    """The environment as JSON, without what it holds twice."""
    state: dict[str, Json] = {}
    for name, part in environment.model_dump(mode="json").items():
        state[name] = {key: value for key, value in part.items() if key not in _TWICE}
    return state
