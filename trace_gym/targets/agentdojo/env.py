"""`trace/AgentDojoWorkspace-v0`, `trace/AgentDojoTravel-v0`, `trace/AgentDojoBanking-v0`, `trace/AgentDojoSlack-v0`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from trace_gym.env.episode import CallRecord, Episode
from trace_gym.env.parsing import BadCall
from trace_gym.env.task import Task
from trace_gym.env.tools import Tool
from trace_gym.env.types import ToolCall
from trace_gym.env.user import User
from trace_gym.targets.agentdojo import suites
from trace_gym.targets.agentdojo.kinds import WRITES
from trace_gym.targets.agentdojo.world import RESULTS, AgentDojoWorld
from trace_gym.targets.benchmark_env import ALL, OUR_SPLITS, BenchmarkEnv, World

_NOT_RUN = "Error: the turn limit is reached, so this call was not run."


class AgentDojoEnv(BenchmarkEnv):
    """An AgentDojo suite: one request, the benchmark's tools, and the task's own utility check as the reward.

    The agent's first message ends the episode and is the model output that is judged. With an injection, the reward is
    `utility * security`. As in AgentDojo's own loop, at most 15 rounds of calls are run, and the state reached by then
    is judged; calls of a later turn count as attempted.

    Example:
        >>> AgentDojoEnv(suite="slack", results="xml")
        Traceback (most recent call last):
        ...
        ValueError: results must be one of yaml, json, got 'xml'.
    """

    splits: ClassVar[tuple[str, ...]] = (*OUR_SPLITS, ALL)
    disjoint_splits: ClassVar[tuple[str, ...]] = OUR_SPLITS
    # AgentDojo's 15 rounds of calls, and the message after them
    max_turns = 16
    late_is_failed: ClassVar[bool] = False
    waivers: ClassVar[Mapping[str, str]] = {
        "adversary": "utility checks pass 5 of 16 banking tasks with nothing done, and allow other writes in slack.",
        "reward.collateral": "utility checks look at the records that a task is about, and in slack at nothing else.",
    }

    def __init__(
        self,
        *,
        suite: str = "workspace",
        version: str = suites.VERSION,
        injection_task: str | None = None,
        attack: str | None = None,
        model: str = "local",
        results: str = "yaml",
        **kwargs: Any,
    ) -> None:
        """Makes the environment.

        Args:
            suite: `workspace`, `travel`, `banking` or `slack`.
            version: The benchmark's version, `v1` to `v1.2.2`.
            injection_task: The injection task whose goal an attacker has planted; none by default.
            attack: The name of the AgentDojo attack that words the injection, one of its static attacks;
                `important_instructions` by default.
            model: AgentDojo's name for the agent's model, for attacks that address it by name.
            results: How tool results are written, `yaml` (AgentDojo's default) or `json`.
            **kwargs: Arguments of `BenchmarkEnv`.

        Raises:
            UserError: If AgentDojo is not installed.
            ValueError: If an argument is out of range.
        """
        # before they are looked up: what cannot be hashed would raise a TypeError there
        for name, value in (("suite", suite), ("version", version), ("attack", attack or ""), ("model", model)):
            if not isinstance(value, str):
                raise ValueError(f"{name} must be a name, got {value!r}.")
        if results not in RESULTS:
            raise ValueError(f"results must be one of {', '.join(RESULTS)}, got {results!r}.")

        self.suite = suite
        self.version = version
        self._results = results
        self._threat = suites.threat_of(version, suite, injection_task, attack, model)
        self.system_prompt = suites.system_message()
        super().__init__(**kwargs)

    def official(self) -> Mapping[str, Sequence[str]]:
        """Returns the suite's user tasks, which the benchmark does not split."""
        return {"train": list(suites.user_tasks(self.version, self.suite))}

    def all_tools(self) -> dict[str, Tool]:
        """Returns the suite's tools."""
        tools = {}
        for schema in suites.schemas(self.version, self.suite):
            name = schema["function"]["name"]
            kind = "read"
            if name in WRITES[self.suite]:
                kind = "write"
            tools[name] = self.benchmark_tool(schema, kind)
        return tools

    def load_task(self, name: str) -> Task:
        """Returns a user task, with its ground truth as the solution.

        Args:
            name: The benchmark's name for the task.
        """
        task = suites.user_tasks(self.version, self.suite)[name]
        injected: suites.Injections = ()
        if self._threat is not None:
            injected = suites.injections(self.version, self.suite, name, self._threat)

        # a ground truth is a function of the environment, injection included
        calls = suites.gold_calls(self.version, self.suite, name, injected)
        message = task.GROUND_TRUTH_OUTPUT or "Done."
        return Task(request=task.PROMPT, state={}, gold=(*calls, message), name=name)

    def open_world(self, task: Task) -> AgentDojoWorld:
        """Returns the task's environment, with the injection if there is one.

        Args:
            task: The task of the new episode.
        """
        return AgentDojoWorld(self.version, self.suite, task.name, threat=self._threat, results=self._results)

    def user_of(self, task: Task, world: World) -> User:
        """Returns a user who says nothing after the request.

        Args:
            task: The task of the new episode.
            world: The benchmark's state during this episode; not used.
        """
        return _Silent()

    def oracle(self) -> list[str]:
        """Returns the ground truth as actions, with several calls in one turn if there are more calls than turns."""
        *calls, message = super().oracle()
        if not calls:
            return [message]

        # the last turn is the message's; rounded up
        calls_per_turn = len(calls)
        if self.max_turns > 1:
            calls_per_turn = -(-len(calls) // (self.max_turns - 1))

        actions = []
        for start in range(0, len(calls), calls_per_turn):
            actions.append("".join(calls[start : start + calls_per_turn]))
        return [*actions, message]

    def run_call(self, episode: Episode, call: ToolCall | BadCall) -> CallRecord:
        """Runs a call, unless AgentDojo's loop would have ended before it.

        Args:
            episode: The current episode.
            call: The call, as parsed.
        """
        if isinstance(call, BadCall) or episode.turns < self.max_turns:
            return super().run_call(episode, call)

        # AgentDojo's checks see what the model asked for last, though its loop ends before running it
        assert isinstance(self.world, AgentDojoWorld)
        self.world.note(call)
        return CallRecord(call, _NOT_RUN, True, "unknown")


class _Silent:
    """A user who has said everything with the request."""

    def reply(self, message: str) -> tuple[str, bool]:
        """Ends the conversation.

        Args:
            message: What the assistant said, any text.
        """
        return "", True
