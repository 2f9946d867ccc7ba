"""What a task is: one seeded problem with its private solution."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = Any
"""A JSON value; state, arguments and results are made of these."""


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool."""

    name: str
    """The tool's name."""
    arguments: Mapping[str, Json] = field(default_factory=dict)
    """Argument values by name."""

    def to_json(self) -> dict[str, Json]:
        """Returns `{"name", "arguments"}`."""
        return {"name": self.name, "arguments": dict(self.arguments)}


_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w]|\.\d)")
_MOST_NUMBERS = 4
"""An assistant that lists more different numbers than this is guessing, and states none of them."""


@dataclass(frozen=True)
class Fact:
    """Something the customer must be told before the task counts as solved."""

    value: str
    """The text that must stand, as a whole word, in a message to the customer."""
    unless: tuple[str, ...] = ()
    """Values that contradict it: an assistant that also claims one of these states nothing."""
    about: str = ""
    """What the fact is about (an identifier); sentences that name only another fact's subject do not count."""

    def stated_in(self, sentences: Sequence[str], subjects: Collection[str] = ()) -> bool:
        """Whether `sentences` state this fact and none that contradicts it.

        Args:
            sentences: what the assistant told the customer, questions left out.
            subjects: what the task's facts are about, this one's included.
        """
        others = [subject for subject in subjects if subject != self.about]
        own = [s for s in sentences if has_word(s, self.about) or not any(has_word(s, other) for other in others)]
        text = "\n".join(own)
        if not has_word(text, self.value) or any(has_word(text, other) for other in self.unless):
            return False
        return not _NUMBER.fullmatch(self.value) or len(set(_NUMBER.findall(text))) <= _MOST_NUMBERS

    def to_json(self) -> dict[str, Json]:
        """Returns `{"value", "unless", "about"}`."""
        return {"value": self.value, "unless": list(self.unless), "about": self.about}


@dataclass(frozen=True)
class Answer:
    """What the scripted customer answers when asked."""

    keywords: tuple[str, ...]
    """The question must contain one of these texts, whatever their case."""
    text: str
    """The customer's reply."""


@dataclass(frozen=True)
class Task:
    """One seeded problem."""

    request: str
    """The customer's first message."""
    state: dict[str, Json]
    """The initial state, JSON-able; every episode gets its own copy."""
    gold: tuple[ToolCall | str, ...]
    """A solution: the assistant's turns in order, each a call or a message to the customer."""
    facts: tuple[Fact, ...] = ()
    """What must be communicated."""
    answers: tuple[Answer, ...] = ()
    """What the customer reveals when asked."""
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


def has_word(text: str, word: str) -> bool:
    """Whether `word` stands in `text` as a whole word or number, whatever its case; the empty word never does."""
    if not word:
        return False
    pattern = rf"(?<![\w.]){re.escape(word)}(?!\w|\.\d)"
    return re.search(pattern, text, flags=re.IGNORECASE) is not None
