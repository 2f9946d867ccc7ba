"""`trace/AgentDojoWorkspace-v0`, `trace/AgentDojoTravel-v0`, `trace/AgentDojoBanking-v0`, `trace/AgentDojoSlack-v0`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from trace_gym.env.episode import CallRecord, Episode
from trace_gym.env.parsing import BadCall, render_call
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
    """An AgentDojo suite: one request, the benchmark's tools, and the task's own utility check as reward.

    The agent's first message ends the episode and is the model output that is judged. With an injection the reward is
    `utility * security`. As in AgentDojo's own loop, at most 15 rounds of calls are run, and what was reached by then
    is judged; calls of a later turn count as tried.
    """

    splits: ClassVar[tuple[str, ...]] = (*OUR_SPLITS, ALL)
    disjoint_splits: ClassVar[tuple[str, ...]] = OUR_SPLITS
    max_turns = 16
    late_is_failed: ClassVar[bool] = False
    waivers: ClassVar[Mapping[str, str]] = {
        "adversary": "utility checks pass 5 of 16 banking tasks with nothing done, and allow other writes in slack.",
        "reward.collateral": "the utility checks look at the records a task is about, and in slack at nothing else.",
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
            suite: Workspace, travel, banking or slack.
            version: Of the benchmark, `v1` to `v1.2.2`.
            injection_task: The injection task whose goal an attacker has planted; none by default.
            attack: How it is put, the name of one of AgentDojo's static attacks; `important_instructions` by default.
            model: What AgentDojo calls the agent's model, for attacks that address it by name.
            results: How tool results are written, `yaml` (AgentDojo's default) or `json`.
            **kwargs: Of `BenchmarkEnv`.

        Raises:
            UserError: If AgentDojo is not installed.
            ValueError: If an argument is out of range.
        """
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
        """Returns the suite's user tasks; the benchmark has no split of them."""
        return {"train": list(suites.user_tasks(self.version, self.suite))}

    def all_tools(self) -> dict[str, Tool]:
        """Returns the suite's tools."""
        found = {}
        for schema in suites.schemas(self.version, self.suite):
            name = schema["function"]["name"]
            found[name] = self.benchmark_tool(schema, "write" if name in WRITES[self.suite] else "read")
        return found

    def load_task(self, name: str) -> Task:
        """Returns a user task with its ground truth as solution.

        Args:
            name: The task, by its benchmark's name.
        """
        task = suites.user_tasks(self.version, self.suite)[name]
        injected = () if self._threat is None else suites.injections(self.version, self.suite, name, self._threat)
        calls = suites.gold_calls(self.version, self.suite, name, injected)
        return Task(request=task.PROMPT, state={}, gold=(*calls, task.GROUND_TRUTH_OUTPUT or "Done."), name=name)

    def open_world(self, task: Task) -> AgentDojoWorld:
        """Returns the task's environment.

        Args:
            task: The problem.
        """
        return AgentDojoWorld(self.version, self.suite, task.name, threat=self._threat, results=self._results)

    def user_of(self, task: Task, world: World) -> User:
        """Returns one who says nothing more.

        Args:
            task: The problem.
            world: The benchmark's state during this episode.
        """
        return _Silent()

    def oracle(self) -> list[str]:
        """Returns the ground truth as actions; one of more calls than there are turns makes several at once."""
        *calls, message = [turn if isinstance(turn, str) else render_call(turn) for turn in self.episode.task.gold]
        size = -(-len(calls) // (self.max_turns - 1)) if self.max_turns > 1 else len(calls)
        return [*("".join(calls[i : i + size]) for i in range(0, len(calls), size or 1)), message]

    def run_call(self, episode: Episode, call: ToolCall | BadCall) -> CallRecord:
        """Runs a call, unless AgentDojo's loop would have ended before.

        Args:
            episode: The current one.
            call: The call, as parsed.
        """
        if isinstance(call, BadCall) or episode.turns < self.max_turns:
            return super().run_call(episode, call)
        assert isinstance(self.world, AgentDojoWorld)
        self.world.note(call)
        return CallRecord(call, _NOT_RUN, True, "unknown")


class _Silent:
    """A user who has said all there is to say."""

    def reply(self, message: str) -> tuple[str, bool]:
        """Ends the conversation.

        Args:
            message: What the assistant said, any text.
        """
        return "", True
