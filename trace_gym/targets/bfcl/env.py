"""`trace/BFCLMultiTurn-v0`: fixed user turns over eight classes of functions, judged by state and results."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from trace_gym.env.episode import Episode
from trace_gym.env.parsing import render_call
from trace_gym.env.task import Task
from trace_gym.env.tools import Tool
from trace_gym.env.types import ToolCall
from trace_gym.env.user import User
from trace_gym.targets.benchmark_env import ALL, OUR_SPLITS, BenchmarkEnv, World, split_tasks
from trace_gym.targets.bfcl import functions, upstream
from trace_gym.targets.bfcl.entries import CATEGORIES, Entry, entries
from trace_gym.targets.bfcl.kinds import WRITES
from trace_gym.targets.bfcl.world import BFCLWorld

_SERVED = "Done."
"""What the solution says at the end of a turn with calls."""
_NOT_SERVED = "I cannot do that with what I have."
"""What it says in a turn without calls, in which a function or an argument is missing."""


class BFCLMultiTurnEnv(BenchmarkEnv):
    """BFCL's multi-turn entries: a message without a call ends the user's turn and brings the next one.

    In `miss_func` entries, one turn brings functions instead of a request; they are added to the tools and quoted in
    the message. The reward is the verdict of the benchmark's checker. An agent that takes more than 20 steps with calls
    in one user turn is stopped, as in BFCL. Our splits keep the variants of a scenario together.

    Example:
        >>> BFCLMultiTurnEnv(category="single_turn")
        Traceback (most recent call last):
        ...
        ValueError: Unknown category 'single_turn'; expected one of base, miss_func, miss_param, long_context.
    """

    splits: ClassVar[tuple[str, ...]] = (*OUR_SPLITS, ALL)
    disjoint_splits: ClassVar[tuple[str, ...]] = OUR_SPLITS
    # at most 20 steps with calls and one message in each of a user's turns, of which no entry has more than eight
    max_turns = 8 * 21
    waivers: ClassVar[Mapping[str, str]] = {
        "schema.kinds.idle": "entries start logged in, or without the file that an earlier call makes.",
        "solution.gold": "gold calls depend on what earlier ones have made, or on the directory they have changed to.",
    }

    def __init__(self, *, category: str | None = None, offer_excluded: bool = False, **kwargs: Any) -> None:
        """Makes the environment.

        Args:
            category: `base`, `miss_func`, `miss_param` or `long_context`; all four by default.
            offer_excluded: Whether to offer the functions that an entry marks as excluded, too.
            **kwargs: Arguments of `BenchmarkEnv`.

        Raises:
            UserError: If BFCL is not installed.
            ValueError: If an argument is out of range.
        """
        if category is not None and category not in CATEGORIES:
            raise ValueError(f"Unknown category {category!r}; expected one of {', '.join(CATEGORIES)}.")
        self._categories: tuple[str, ...] = CATEGORIES
        if category is not None:
            self._categories = (category,)

        self._entries = {}
        for key in self._categories:
            self._entries.update(entries(key))

        self._offer_excluded = offer_excluded
        # without the template's description of a call format: how calls are written is the policy's business here
        style = upstream.module("constants.default_prompts").PROMPT_STYLE_TEMPLATES["classic"]
        self.system_prompt = f"{style['persona']} {style['task']}\n\n{style['multiturn_behavior']}"
        super().__init__(**kwargs)

        # made once, as an episode offers some of them and a reset must not convert 128 schemas
        self._all = dict(self.tools)
        self._late = self._tools(late=True)

    def official(self) -> Mapping[str, Sequence[str]]:
        """Returns the entries' ids, which the benchmark does not split."""
        return {"train": list(self._entries)}

    def all_tools(self) -> dict[str, Tool]:
        """Returns the functions of all classes."""
        return self._tools(late=False)

    def load_task(self, name: str) -> Task:
        """Returns an entry, with its gold calls as the solution.

        Args:
            name: The entry's id.
        """
        entry = self._entries[name]
        gold: list[ToolCall | str] = []
        for calls in entry.gold:
            gold += calls
            if calls:
                gold.append(_SERVED)
            else:
                gold.append(_NOT_SERVED)
        return Task(request=entry.turns[0], state={}, gold=tuple(gold), name=name)

    def open_world(self, task: Task) -> BFCLWorld:
        """Returns instances of the entry's classes, in their initial state.

        Args:
            task: The task of the new episode.
        """
        return BFCLWorld(self._entries[task.name])

    def user_of(self, task: Task, world: World) -> User:
        """Returns a user whose turns are fixed.

        Args:
            task: The task of the new episode.
            world: The benchmark's state during this episode, which counts the turns.
        """
        assert isinstance(world, BFCLWorld)
        return _FixedTurns(world, self._offer_later)

    def begin(self, task: Task) -> Episode:
        """Offers the entry's functions and opens its state.

        Args:
            task: The task of the new episode.
        """
        offer = functions.offer_of(self._entries[task.name], excluded=self._offer_excluded)
        self.use_tools(self._all[name] for name in offer.start)
        return super().begin(task)

    def ended_by_calls(self, episode: Episode) -> bool:
        """Returns whether the agent has used up the steps of a user turn.

        Args:
            episode: The current episode.
        """
        assert isinstance(self.world, BFCLWorld)
        self.world.end_step()
        return self.world.forced

    def oracle(self) -> list[str]:
        """Returns the gold solution as actions, with several calls in one step if a turn has more calls than steps."""
        most_steps = int(upstream.module("constants.default_prompts").MAXIMUM_STEP_LIMIT)
        actions: list[str] = []
        calls: list[str] = []
        for turn in self.episode.task.gold:
            if isinstance(turn, ToolCall):
                calls.append(render_call(turn))
                continue

            # a message: the calls before it are one user turn's; rounded up
            calls_per_step = -(-len(calls) // most_steps)
            while calls:
                actions.append("".join(calls[:calls_per_step]))
                calls = calls[calls_per_step:]
            actions.append(turn)

        return actions

    def _names_of(self, split: str) -> list[str]:
        if split not in OUR_SPLITS:
            return super()._names_of(split)
        # the categories vary one scenario, which must not stand in two splits
        scenarios = sorted({_scenario(name) for name in self._entries}, key=int)
        names = []
        for scenario in split_tasks(scenarios, split):
            for category in self._categories:
                names.append(f"multi_turn_{category}_{scenario}")
        return names

    def _tools(self, *, late: bool) -> dict[str, Tool]:
        tools = {}
        for name, schema in functions.schemas(late=late).items():
            kind = "read"
            if name in WRITES:
                kind = "write"
            tools[name] = self.benchmark_tool(schema, kind)
        return tools

    def _offer_later(self, entry: Entry, turn: int) -> str:
        """Adds the functions that a turn brings; returns the message that announces them."""
        added = [self._late[name] for name in entry.held[turn]]
        self.use_tools([*self.tools.values(), *added])

        # BFCL's message for models without native function calling, which quotes the functions
        prompt = upstream.module("constants.default_prompts").DEFAULT_USER_PROMPT_FOR_ADDITIONAL_FUNCTION_PROMPTING
        return str(prompt.format(functions=json.dumps([tool.schema["function"] for tool in added])))


class _FixedTurns:
    """A user who says the entry's next turn, whatever the assistant has said."""

    def __init__(self, world: BFCLWorld, offer: Callable[[Entry, int], str]) -> None:
        self._world = world
        self._offer = offer

    def reply(self, message: str) -> tuple[str, bool]:
        """Returns the next turn; after the last one, nothing.

        Args:
            message: What the assistant said, any text.
        """
        entry = self._world.entry
        turn = len(self._world.turns)
        if turn == len(entry.turns):
            return "", True

        self._world.next_turn()
        # the entry has no words of its own for a turn that brings functions
        if turn in entry.held:
            return self._offer(entry, turn), False
        return entry.turns[turn], False


def _scenario(name: str) -> str:
    """The number that the variants of a scenario share."""
    return name.rpartition("_")[2]
