"""The reference solution of a task, played once: its turns, and what each call answered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from trace_gym.capabilities.attempt import identifier_values, is_identifier, mentions, normal
from trace_gym.capabilities.repair.observed import Observed
from trace_gym.env.facts import Fact
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.types import Json, ToolCall
from trace_gym.testbed.script import Turn, rendered
from trace_gym.trajectories.record import Trajectory

CLOSING = "Done. Goodbye."
"""What is said when all is done."""


@dataclass(frozen=True)
class Solved:
    """A task that was solved by its reference.

    Example:
        >>> from trace_gym import make_env
        >>> solved = solve(make_env("trace/ServiceDesk-v0"), 0)
        >>> isinstance(solved.turns[-1], str)
        True
    """

    env: ToolEnv
    """The environment, on this task."""
    index: int
    """The task."""
    turns: tuple[Turn, ...]
    """The solution."""
    results: tuple[str, ...]
    """What each turn was answered; the user's words behind a message."""
    refused: frozenset[int]
    """The turns that are calls which were refused."""
    request: str
    """The user's first message."""
    facts: tuple[Fact, ...]
    """What the user must be told."""

    @cached_property
    def writes(self) -> list[int]:
        """The numbers of the turns that change something."""
        writes = [number for number, turn in enumerate(self.turns) if self.is_write(turn)]
        return [number for number in writes if number not in self.refused]

    @cached_property
    def identifiers(self) -> list[str]:
        """The identifiers that the user or results name, each once."""
        found: dict[str, None] = {}
        for text in (self.request, *self.results):
            for word in re.findall(r"[#\w]+", text):
                if is_identifier(word):
                    found[word] = None
        return list(found)

    @cached_property
    def reads(self) -> list[int]:
        """The numbers of the turns that look something up."""
        return [n for n, turn in enumerate(self.turns) if isinstance(turn, ToolCall) and not self.is_write(turn)]

    def is_write(self, turn: Turn) -> bool:
        """Returns whether a turn changes anything.

        Args:
            turn: The turn.
        """
        return isinstance(turn, ToolCall) and turn.name in self.env.tools and self.env.tools[turn.name].kind == "write"

    def call(self, number: int) -> ToolCall:
        """Returns a turn that is a call.

        Args:
            number: Its number.
        """
        turn = self.turns[number]
        assert isinstance(turn, ToolCall)
        return turn

    def observed(self, number: int) -> Observed:
        """Returns what had been read and said before a turn.

        Args:
            number: Its number.
        """
        messages: list[dict[str, Json]] = [{"role": "user", "content": self.request}]
        for turn, result in zip(self.turns[:number], self.results[:number], strict=True):
            messages.append({"role": "tool" if isinstance(turn, ToolCall) else "user", "content": result})
        return Observed(Trajectory("", "", messages, 0.0, False), len(messages))

    def was_given(self, value: Json) -> bool:
        """Returns whether the user named a value in the first message.

        Args:
            value: The value.
        """
        return mentions(normal(self.request), str(value))

    def reads_of(self, number: int) -> list[int]:
        """Returns the look-ups before a call that name one of its records.

        Args:
            number: The call.
        """
        records = identifier_values([self.call(number)])
        return [read for read in self.reads if read < number and records & identifier_values([self.call(read)])]

    def without(self, numbers: Sequence[int]) -> list[Turn]:
        """Returns the solution without some of its turns.

        Args:
            numbers: Those to leave out.
        """
        return [turn for number, turn in enumerate(self.turns) if number not in numbers]

    def with_argument(self, number: int, name: str, value: Json) -> list[Turn]:
        """Returns the solution with another value of one argument.

        Args:
            number: The call.
            name: The argument.
            value: Its value.
        """
        call = self.call(number)
        turns = list(self.turns)
        turns[number] = ToolCall(call.name, {**call.arguments, name: value})
        return turns


def solve(env: ToolEnv, index: int) -> Solved | None:
    """Plays a task's reference.

    Args:
        env: The environment; it is left at the end of the task.
        index: The task.

    Returns:
        The solution; None if it does not solve the task, or cannot be taken turn by turn.
    """
    _, info = env.reset(options={"index": index})
    turns = tuple(env.episode.task.gold)
    request = _last_words(info["messages"])
    results = []
    refused = set()
    reward = 0.0
    for number, turn in enumerate(turns):
        before = len(env.episode.messages)
        _, reward, terminated, truncated, _ = env.step(rendered(turn))
        if isinstance(turn, ToolCall) and env.episode.calls[-1].error:
            refused.add(number)
        results.append("\n".join(str(message["content"]) for message in env.episode.messages[before + 1 :]))
        if (terminated or truncated) and number + 1 < len(turns):
            return None
    if reward < 1:
        return None
    return Solved(env, index, turns, tuple(results), frozenset(refused), request, env.episode.task.facts)


def passes(env: ToolEnv, index: int, turns: Sequence[Turn]) -> bool:
    """Returns whether turns solve a task.

    Args:
        env: The environment; it is left at the end of the task.
        index: The task.
        turns: What the assistant does; when that is all done, it has nothing more to say.
    """
    env.reset(options={"index": index})
    for number in range(env.max_turns):
        turn = turns[number] if number < len(turns) else CLOSING
        _, reward, terminated, truncated, _ = env.step(rendered(turn))
        if terminated or truncated:
            return bool(reward >= 1)
    return False


def _last_words(messages: Sequence[dict[str, Json]]) -> str:
    for message in reversed(messages):
        if message["role"] == "user":
            return str(message["content"])
    return ""
