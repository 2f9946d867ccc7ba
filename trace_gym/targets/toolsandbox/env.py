"""`trace/ToolSandbox-v0`: stateful scenarios with a user, judged by milestones and minefields."""

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
from trace_gym.targets.benchmark_env import ALL, OUR_SPLITS, BenchmarkEnv, World, split_tasks
from trace_gym.targets.toolsandbox.channel import ClosedError
from trace_gym.targets.toolsandbox.client import described, open_episode
from trace_gym.targets.toolsandbox.user import RecordedUser, Script, ScriptedUser, script_of
from trace_gym.targets.toolsandbox.world import SandboxWorld

SCENARIOS = ("offline", "offline_variants", "base", "all")
REWARDS = ("perfect", "similarity")
QUESTION = "What exactly would you like me to do?"
"""What the solution asks in order to be told the next thing that the user wants."""
_VARIANT = re.compile(r"_(?:3_distraction_tools|10_distraction_tools|all_tools)(?:_\w+_scrambled)?$")
_KIN = re.compile(
    r"(?:_(?:alt|implicit|ambiguous|twice|multiple_user_turn|insufficient_information|no_(?:remove|search)_contacts?|"
    r"wifi_off|cellular_off|low_battery_mode))+$"
)


class ToolSandboxEnv(BenchmarkEnv):
    """ToolSandbox's scenarios, with its tools, console, milestones and minefields, and a scripted user.

    The terms are `similarity` (ToolSandbox's own: the mean over the milestones, 0 if a minefield was stepped on) and
    `perfect` (whether that is 1). Each episode runs in a process of its own, in which time stands still. A scenario
    ends with its user's `end_conversation` or after its 30 messages, neither of which fails it by itself.

    Two things differ from ToolSandbox. A call to a tool that does not exist is an error for the model to read; there it
    ends the run with 0. More than five calls at once are refused; there they are run in every order.

    Example:
        >>> ToolSandboxEnv(scenarios="online")
        Traceback (most recent call last):
        ...
        ValueError: Unknown scenarios 'online'; expected one of offline, offline_variants, base, all.
    """

    splits: ClassVar[tuple[str, ...]] = (*OUR_SPLITS, ALL)
    disjoint_splits: ClassVar[tuple[str, ...]] = OUR_SPLITS
    late_is_failed: ClassVar[bool] = False
    max_turns = 15
    waivers: ClassVar[Mapping[str, str]] = {
        "solution.gold": "calls depend on settings that earlier calls of the solution have changed.",
        "reward.collateral": "milestones say what must happen and minefields what must not; anything else is allowed.",
    }

    def __init__(
        self, *, scenarios: str = "offline", reward: str = "perfect", seconds: float = 30.0, **kwargs: Any
    ) -> None:
        """Makes the environment.

        Args:
            scenarios: `offline` (91 of the 129 base scenarios, those whose tools do not use the network),
                `offline_variants` (the same with all eight tool sets: distractors, scrambled names and descriptions),
                `base` (the 129 with exactly the tools they need), or `all` (the 1,032). Tools that use the network
                refuse to run without `RAPID_API_KEY`.
            reward: `perfect` (0 or 1) or `similarity`; with either, success means a reward of 1.
            seconds: Wall-clock limit of one turn's calls, > 0; beyond it the episode's process is ended and the
                episode scores 0.
            **kwargs: Arguments of `BenchmarkEnv`. A family of scenarios (one task in different wordings or with
                different handicaps) always belongs to one of `mine`, `train` and `evaluate`, whatever `scenarios` is.

        Raises:
            UserError: If ToolSandbox is not installed.
            ValueError: If an argument is out of range.
        """
        if scenarios not in SCENARIOS:
            raise ValueError(f"Unknown scenarios {scenarios!r}; expected one of {', '.join(SCENARIOS)}.")
        if reward not in REWARDS:
            raise ValueError(f"Unknown reward {reward!r}; expected one of {', '.join(REWARDS)}.")
        # written so that it refuses nan, which compares as false with anything
        if not seconds > 0:
            raise ValueError(f"seconds must be > 0, got {seconds}.")

        self._which = "all"
        if scenarios in ("offline", "base"):
            self._which = "base"
        self._offline = scenarios.startswith("offline")
        self._seconds = float(seconds)
        self.reward_rule = RewardRule(weights={reward: 1.0}, joint=0.0)
        self._by_number: dict[int, Tool] = {}
        super().__init__(**kwargs)

    def official(self) -> Mapping[str, Sequence[str]]:
        """Returns the chosen scenarios, which ToolSandbox does not split."""
        rows = described(self._which)["rows"]
        if not self._offline:
            return {"train": list(rows)}

        # the base scenario decides for its variants, whose distractors may use the network
        offline = {name for name, row in rows.items() if not row["network"]}
        return {"train": [name for name in rows if base_of(name) in offline]}

    def all_tools(self) -> dict[str, Tool]:
        """Returns the tools of all chosen scenarios; of a scrambled tool that has several schemas, the first."""
        rows = described(self._which)["rows"]
        tools: dict[str, Tool] = {}
        for name in self.official()["train"]:
            for tool in self._tools_of(rows[name]):
                tools.setdefault(tool.name, tool)
        return tools

    def load_task(self, name: str) -> Task:
        """Returns a scenario, with a solution if its milestones yield one.

        Args:
            name: The scenario's name.
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
        """Ends the last episode's process and offers the scenario's tools.

        Args:
            task: The task of the new episode.
        """
        self.close()
        self.use_tools(self._tools_of(described(self._which)["rows"][task.name]))
        return super().begin(task)

    def open_world(self, task: Task) -> SandboxWorld:
        """Starts a process in the scenario's initial state.

        Args:
            task: The task of the new episode.
        """
        row = described(self._which)["rows"][task.name]
        process = open_episode(self._which, task.name, self._seconds)
        return SandboxWorld(process, list(self.tools), row["messages"])

    def user_of(self, task: Task, world: World) -> User:
        """Returns the scripted user, whose messages are recorded in the scenario's own conversation.

        Args:
            task: The task of the new episode.
            world: The benchmark's state during this episode, which records the messages.
        """
        assert isinstance(world, SandboxWorld)
        return RecordedUser(ScriptedUser(script(self._which, task.name)), world.talk)

    def opening(self, task: Task) -> list[dict[str, Json]]:
        """Returns the messages that the scenario shows the agent at its start.

        Args:
            task: The task of the new episode.
        """
        return [dict(message) for message in described(self._which)["rows"][task.name]["opening"]]

    def ended_by_calls(self, episode: Episode) -> bool:
        """Returns whether the scenario's messages are used up, or its process has ended.

        Args:
            episode: The current episode.
        """
        return isinstance(self._world, SandboxWorld) and self._world.exhausted

    def close(self) -> None:
        """Ends the current episode's process; `reset` starts another."""
        if isinstance(self._world, SandboxWorld):
            self._world.close()

    def _run_calls(self, episode: Episode, action: str, turn: Turn) -> str:
        # all calls of a turn go to ToolSandbox together, which runs them in every order
        assert isinstance(self._world, SandboxWorld)
        self._world.prepare([call for call in turn.calls if isinstance(call, ToolCall)])
        return super()._run_calls(episode, action, turn)

    def _tools_of(self, row: Mapping[str, Json]) -> list[Tool]:
        """The tools that a scenario offers."""
        schemas = described(self._which)["schemas"]
        tools = []
        for number, kind in zip(row["tools"], row["kinds"], strict=True):
            # scenarios share most of their schemas
            if number not in self._by_number:
                self._by_number[number] = self.benchmark_tool(schemas[number], kind)
            tools.append(self._by_number[number])
        return tools

    def _names_of(self, split: str) -> list[str]:
        names = list(self.official()["train"])
        if split == ALL:
            return names

        # of all scenarios, not of the chosen ones, so that a family's split does not depend on the choice
        families = dict.fromkeys(map(family_of, described(self._which)["rows"]))
        chosen = set(split_tasks(list(families), split))
        return [name for name in names if family_of(name) in chosen]


def base_of(name: str) -> str:
    """Returns the base scenario of a scenario that differs from it only in its tool set.

    Args:
        name: The scenario's name.

    Example:
        >>> base_of("wifi_off_3_distraction_tools")
        'wifi_off'
    """
    return _VARIANT.sub("", name)


def family_of(name: str) -> str:
    """Returns the name that all wordings and handicaps of one task have in common.

    Args:
        name: The name of one of its scenarios, with any tool set.

    Example:
        >>> family_of("find_days_till_holiday_wifi_off_alt_all_tools")
        'find_days_till_holiday'
    """
    return _KIN.sub("", base_of(name))


@functools.cache
def script(which: str, name: str) -> Script:
    """Returns what the scenario's user can say.

    Args:
        which: The set of scenarios, `base` or `all`.
        name: The scenario's name.
    """
    row = described(which)["rows"][name]
    return script_of(row["instruction"], row["categories"])


@functools.cache
def solution(which: str, name: str, seconds: float) -> tuple[ToolCall | str, ...]:
    """Returns a solution found by playing the scenario's milestones; empty if that does not score 1.

    Args:
        which: The set of scenarios, `base` or `all`.
        name: The scenario's name.
        seconds: Wall-clock limit of the search.
    """
    process = open_episode(which, name, seconds)
    try:
        plan = process.ask({"do": "plan"})
    except ClosedError:
        # the planner has no rule for this scenario
        return ()
    finally:
        process.close()
    if plan["similarity"] < 1.0 - 1e-9:
        return ()

    turns: list[ToolCall | str] = []
    messages = 0
    for turn in plan["turns"]:
        if isinstance(turn, str):
            turns.append(turn)
            messages += 1
        else:
            turns.append(ToolCall(turn["name"], turn["arguments"]))

    # each message but the last, which ends the conversation, has the user say its next wish; the others are asked for
    # before everything else
    questions = [QUESTION] * max(0, len(script(which, name).wishes) - (messages - 1))
    return (*questions, *turns)
