"""The record of one running attempt: what was said, called and changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from trace_gym.env.task import Task
from trace_gym.env.tools import Tool
from trace_gym.env.types import Json, ToolCall, copy_json
from trace_gym.env.user import User
from trace_gym.errors import InvalidCallError, TaskError, ToolError


@dataclass(frozen=True)
class CallRecord:
    """One executed call.

    Example:
        >>> CallRecord(ToolCall("get_order", {"order_id": "W12"}), "Error: no order W12.", True, "read").error
        True
    """

    call: ToolCall
    """What was called."""
    result: str
    """What the model read back."""
    error: bool
    """Whether the tool refused."""
    kind: str
    """`read`, `write`, or `unknown` for a tool that does not exist."""


@dataclass
class Episode:
    """One attempt at a task; owned by the environment, read by its reward terms.

    Example:
        >>> from trace_gym import make_env
        >>> env = make_env("trace/ServiceDesk-v0")
        >>> _ = env.reset(seed=0)
        >>> env.episode.turns, env.episode.over
        (0, False)
    """

    task: Task
    """The problem."""
    state: dict[str, Json]
    """This episode's own copy of the state."""
    goal: dict[str, Json]
    """The state the gold solution reaches."""
    user: User
    """Who the assistant talks to."""
    messages: list[dict[str, Json]]
    """The conversation so far, as OpenAI chat messages."""
    calls: list[CallRecord] = field(default_factory=list)
    """Executed calls in order."""
    said: list[str] = field(default_factory=list)
    """Messages to the user in order."""
    turns: int = 0
    """Assistant turns taken."""
    over: bool = False
    """Whether the episode has ended."""
    truncated: bool = False
    """Whether it ended at the turn limit."""

    def communicated(self) -> float:
        """Returns 1.0 if every fact of the task was stated to the user, else 0.0."""
        sentences = statements("\n".join(self.said))
        subjects = {fact.about for fact in self.task.facts if fact.about}
        return float(all(fact.stated_in(sentences, subjects) for fact in self.task.facts))


def statements(text: str) -> list[str]:
    """Splits a text into sentences and drops the questions, so that guessing by asking states nothing.

    Args:
        text: What the assistant said.

    Example:
        >>> statements("It is pending. Is it W12?")
        ['It is pending.']
    """
    sentences = re.split(r"(?<=[.!?])\s+|\n+", text)
    return [sentence for sentence in sentences if sentence and not sentence.rstrip().endswith("?")]


def goal_state(task: Task, tools: Mapping[str, Tool]) -> dict[str, Json]:
    """Replays the gold calls on a copy of the initial state.

    Args:
        task: The problem.
        tools: The environment's tools, by name.

    Returns:
        The state that the gold solution reaches; gold calls that are refused (recovery tasks) change nothing.

    Raises:
        TaskError: If a gold call names no tool, or does not fit its tool's schema.
    """
    state: dict[str, Json] = copy_json(task.state)
    for call in task.gold_calls:
        if call.name not in tools:
            raise TaskError(f"A gold call names {call.name!r}, but the tools are {', '.join(tools)}; fix `gold`.")
        try:
            tools[call.name](state, call.arguments)
        except InvalidCallError as fault:
            raise TaskError(
                f"The gold call {call.name}({dict(call.arguments)}) does not fit its tool: {fault} Fix `gold`."
            ) from None
        except ToolError:
            # a recovery task's solution begins with a call that is refused
            continue
    return state
