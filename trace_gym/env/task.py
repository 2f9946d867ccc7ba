"""What a task is: one seeded problem with its private solution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trace_gym.env.facts import Fact
from trace_gym.env.types import Json, ToolCall


@dataclass(frozen=True)
class Answer:
    """What the scripted user answers when asked.

    Example:
        >>> Answer(("order", "number"), "It is W12.").text
        'It is W12.'
    """

    keywords: tuple[str, ...]
    """The question must contain one of these texts, whatever their case."""
    text: str
    """The user's reply."""


@dataclass(frozen=True)
class Task:
    """One seeded problem.

    Example:
        >>> gold = (ToolCall("get_order", {"order_id": "W12"}), "It is pending.")
        >>> task = Task("Where is W12?", {"W12": "pending"}, gold, facts=(Fact("pending"),))
        >>> [call.name for call in task.gold_calls]
        ['get_order']
    """

    request: str
    """The user's first message."""
    state: dict[str, Json]
    """The initial state, JSON-able; every episode gets its own copy."""
    gold: tuple[ToolCall | str, ...]
    """A solution: the assistant's turns in order, each a call or a message to the user."""
    facts: tuple[Fact, ...] = ()
    """What must be communicated."""
    answers: tuple[Answer, ...] = ()
    """What the user reveals when asked."""
    name: str = ""
    """What its benchmark calls it; empty where tasks are drawn."""
    private: Mapping[str, Json] = field(default_factory=dict)
    """Notes for scoring (which capabilities the task needs); never shown to a policy or to identification."""

    @property
    def gold_calls(self) -> tuple[ToolCall, ...]:
        """The calls of the gold solution, in order."""
        return tuple(turn for turn in self.gold if isinstance(turn, ToolCall))

    @property
    def needs(self) -> tuple[str, ...]:
        """The capabilities this task privately records as necessary."""
        return tuple(self.private.get("needs", ()))
