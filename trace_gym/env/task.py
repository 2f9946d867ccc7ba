"""What a task is: one seeded problem with its private solution."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = Any
"""A JSON value; state, arguments and results are made of these."""


def copy_json(value: Json) -> Json:
    """Copies a JSON value to the bottom, several times faster than `copy.deepcopy`."""
    if type(value) is dict:
        return {key: item if type(item) in _ATOMS else copy_json(item) for key, item in value.items()}
    if type(value) is list:
        return [item if type(item) in _ATOMS else copy_json(item) for item in value]
    return value if type(value) in _ATOMS else copy.deepcopy(value)


_ATOMS = frozenset({str, int, float, bool, type(None)})


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


_NUMBER = re.compile(r"(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!\w|\.\d)")
_NEAR = 40
"""Characters to either side of a number that are looked at for others."""
_MOST_NEAR = 4
"""An assistant that crowds more different numbers than this around one is guessing, and does not state it."""
_MOST_NUMBERS = 24
"""One that names more different numbers than this in all states none of them; real agents' summaries stay below."""


@dataclass(frozen=True)
class Fact:
    """Something the customer must be told before the task counts as solved."""

    value: str
    """The text that must stand, as a whole word, in a message to the customer; a number may be written otherwise."""
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
        if any(has_word(text, other) for other in self.unless):
            return False
        return _states_number(text, self.value) if _NUMBER.fullmatch(self.value) else has_word(text, self.value)

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


def has_word(text: str, word: str) -> bool:
    """Whether `word` stands in `text` as a whole word or number, whatever its case; the empty word never does."""
    if not word:
        return False
    pattern = rf"(?<![\w.]){re.escape(word)}(?!\w|\.\d)"
    return re.search(pattern, text, flags=re.IGNORECASE) is not None


def _states_number(text: str, value: str) -> bool:
    """Whether `text` names the number `value`, as `1,093.50` or `1093.5`, and does not merely list guesses."""
    found = [(match.start(), match.end(), _canonical(match.group())) for match in _NUMBER.finditer(text)]
    if len({number for _, _, number in found}) > _MOST_NUMBERS:
        return False
    wanted = _canonical(value)
    return any(
        len({other for a, b, other in found if b > start - _NEAR and a < end + _NEAR}) <= _MOST_NEAR
        for start, end, number in found
        if number == wanted
    )


def _canonical(number: str) -> str:
    """Writes a number one way: no thousands separators, no zeros that say nothing."""
    whole, _, fraction = number.replace(",", "").partition(".")
    return f"{whole.lstrip('0') or '0'}.{fraction.rstrip('0')}"
