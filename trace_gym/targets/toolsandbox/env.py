"""`trace/ToolSandbox-v0`."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from trace_gym.env.episode import Episode
from trace_gym.env.parsing import Turn
from trace_gym.env.reward import RewardRule
from trace_gym.env.task import Task
from trace_gym.env.tools import Tool
from trace_gym.env.types import Json, ToolCall
from trace_gym.env.user import User
from trace_gym.targets.benchmark_env import ALL, OUR_SPLITS, BenchmarkEnv, World, part
from trace_gym.targets.toolsandbox.channel import ClosedError
from trace_gym.targets.toolsandbox.client import described, open_episode
from trace_gym.targets.toolsandbox.user import RecordedUser, Script, ScriptedUser, script_of
from trace_gym.targets.toolsandbox.world import SandboxWorld

SCENARIOS = ("offline", "offline_variants", "base", "all")
REWARDS = ("perfect", "similarity")
QUESTION = "What exactly would you like me to do?"
_VARIANT = re.compile(r"_(?:3_distraction_tools|10_distraction_tools|all_tools)(?:_\w+_scrambled)?$")
_KIN = re.compile(
    r"(?:_(?:alt|implicit|ambiguous|twice|multiple_user_turn|insufficient_information|no_(?:remove|search)_contacts?|"
    r"wifi_off|cellular_off|low_battery_mode))+$"
)


class ToolSandboxEnv(BenchmarkEnv):
    """ToolSandbox's scenarios: its tools, its console, its milestones and minefields, with a scripted user.

    The terms are `similarity` (ToolSandbox's own: mean of the milestones, 0 where a minefield was stepped on) and
    `perfect` (whether that is 1). Each episode runs in a process of its own, at a time that stands still. A scenario
    ends with its user's `end_conversation`, or after its 30 messages; that alone does not fail it.

    Two things differ from ToolSandbox: a call of a tool that does not exist is an error to read, where there it ends
    the run with 0; and more than five calls at once are refused, where there they are run in every order.
    """

    splits: ClassVar[tuple[str, ...]] = (*OUR_SPLITS, ALL)
    disjoint_splits: ClassVar[tuple[str, ...]] = OUR_SPLITS
    max_turns = 15
    late_is_failed: ClassVar[bool] = False
    waivers: ClassVar[Mapping[str, str]] = {
        "solution.gold": "calls need the settings that earlier ones of the solution have made.",
        "reward.collateral": "milestones say what must happen, minefields what must not; nothing forbids all else.",
    }

    def __init__(
        self, *, scenarios: str = "offline", reward: str = "perfect", seconds: float = 30.0, **kwargs: Any
    ) -> None:
        """Makes the environment.

        Args:
            scenarios: `offline` (those with exactly the tools they need, none of which asks the network: 91 of 129),
                `offline_variants` (these with all eight tool sets: distractors, scrambled names and descriptions),
                `base` (the 129), or `all` (the 1,032). Tools that ask the network need `RAPID_API_KEY`, else they
                refuse.
            reward: `perfect` (0 or 1) or `similarity`; success is a reward of 1 with either.
            seconds: Wall-clock limit of one turn's calls, > 0; beyond it the episode's process is ended, and the
                episode scores 0.
            **kwargs: Of `BenchmarkEnv`. A family of scenarios (one task worded or handicapped otherwise) is never
                divided between `mine`, `train` and `evaluate`, and lies in the same of them whatever `scenarios` is.

        Raises:
            UserError: If ToolSandbox is not installed.
            ValueError: If an argument is out of range.
        """
        if scenarios not in SCENARIOS:
            raise ValueError(f"Unknown scenarios {scenarios!r}; expected one of {', '.join(SCENARIOS)}.")
        if reward not in REWARDS:
            raise ValueError(f"Unknown reward {reward!r}; expected one of {', '.join(REWARDS)}.")
        if not seconds > 0:
            raise ValueError(f"seconds must be > 0, got {seconds}.")

        if scenarios in ("offline", "base"):
            self._which = "base"
        else:
            self._which = "all"
        self._offline = scenarios.startswith("offline")
        self._seconds = float(seconds)
        self.reward_rule = RewardRule(weights={reward: 1.0}, joint=0.0)
        self._by_number: dict[int, Tool] = {}
        super().__init__(**kwargs)

    def official(self) -> Mapping[str, Sequence[str]]:
        """Returns the chosen scenarios; ToolSandbox itself has no split."""
        rows = described(self._which)["rows"]
        offline = {name for name, row in rows.items() if not row["network"]}
        return {"train": [name for name in rows if not self._offline or base_of(name) in offline]}

    def all_tools(self) -> dict[str, Tool]:
        """Returns the tools of all chosen scenarios; where a scrambled one comes in several shapes, the first."""
        rows = described(self._which)["rows"]
        found: dict[str, Tool] = {}
        for name in self.official()["train"]:
            for tool in self._tools_of(rows[name]):
                found.setdefault(tool.name, tool)
        return found

    def load_task(self, name: str) -> Task:
        """Returns a scenario, with a solution where its milestones give one.

        Args:
            name: The task, by its benchmark's name.
        """
        row = described(self._which)["rows"][name]
        return Task(
            request=row["opening"][-1]["content"],
            state={},
            gold=solution(self._which, name, self._seconds),
            name=name,
            private={"categories": list(row["categories"])},
        )

    def begin(self, task: Task) -> Episode:
        """Ends the last episode's process, and offers the scenario's tools.

        Args:
            task: The problem.
        """
        self.close()
        self.use_tools(self._tools_of(described(self._which)["rows"][task.name]))
        return super().begin(task)

    def open_world(self, task: Task) -> SandboxWorld:
        """Starts a process in the scenario's initial state.

        Args:
            task: The problem.
        """
        row = described(self._which)["rows"][task.name]
        return SandboxWorld(open_episode(self._which, task.name, self._seconds), list(self.tools), row["messages"])

    def user_of(self, task: Task, world: World) -> User:
        """Returns the scripted user, whose part is recorded in the scenario's own conversation.

        Args:
            task: The problem.
            world: The benchmark's state during this episode.
        """
        assert isinstance(world, SandboxWorld)
        return RecordedUser(ScriptedUser(script(self._which, task.name)), world.talk)

    def opening(self, task: Task) -> list[dict[str, Json]]:
        """Returns the messages the scenario shows the agent at its start.

        Args:
            task: The problem.
        """
        return [dict(message) for message in described(self._which)["rows"][task.name]["opening"]]

    def ended_by_calls(self, episode: Episode) -> bool:
        """Returns whether the scenario's messages, or its process, have come to an end.

        Args:
            episode: The current one.
        """
        return isinstance(self._world, SandboxWorld) and self._world.exhausted

    def close(self) -> None:
        """Ends the current episode's process; `reset` starts another."""
        if isinstance(self._world, SandboxWorld):
            self._world.close()

    def _run_calls(self, episode: Episode, action: str, turn: Turn) -> str:
        assert isinstance(self._world, SandboxWorld)
        self._world.prepare([call for call in turn.calls if isinstance(call, ToolCall)])
        return super()._run_calls(episode, action, turn)

    def _tools_of(self, row: Mapping[str, Json]) -> list[Tool]:
        schemas = described(self._which)["schemas"]
        for number, kind in zip(row["tools"], row["kinds"], strict=True):
            if number not in self._by_number:
                self._by_number[number] = self.benchmark_tool(schemas[number], kind)
        return [self._by_number[number] for number in row["tools"]]

    def _names(self, split: str) -> list[str]:
        names = list(self.official()["train"])
        if split == ALL:
            return names
        families = dict.fromkeys(family_of(name) for name in described(self._which)["rows"])
        chosen = set(part(list(families), split))
        return [name for name in names if family_of(name) in chosen]


def base_of(name: str) -> str:
    """Returns the scenario that `name` offers with another tool set.

    Args:
        name: The scenario.
    """
    return _VARIANT.sub("", name)


def family_of(name: str) -> str:
    """Returns what a scenario has in common with those that word, or handicap, the same task otherwise.

    Args:
        name: The scenario.
    """
    return _KIN.sub("", base_of(name))


@functools.cache
def script(which: str, name: str) -> Script:
    """Returns what the scenario's user can say.

    Args:
        which: Which set of scenarios: `base` or `all`.
        name: The scenario.
    """
    row = described(which)["rows"][name]
    return script_of(row["instruction"], row["categories"])


@functools.cache
def solution(which: str, name: str, seconds: float) -> tuple[ToolCall | str, ...]:
    """Returns a solution found by playing the scenario's milestones; empty where that does not score 1.

    Args:
        which: Which set of scenarios: `base` or `all`.
        name: The scenario.
        seconds: Wall clock that it may take.
    """
    process = open_episode(which, name, seconds)
    try:
        found = process.ask({"do": "plan"})
    except ClosedError:
        return ()
    finally:
        process.close()

    if found["similarity"] < 1.0 - 1e-9:
        return ()
    turns = [turn if isinstance(turn, str) else ToolCall(turn["name"], turn["arguments"]) for turn in found["turns"]]
    told = sum(isinstance(turn, str) for turn in turns) - 1
    questions = [QUESTION] * max(0, len(script(which, name).wishes) - told)
    return (*questions, *turns)
