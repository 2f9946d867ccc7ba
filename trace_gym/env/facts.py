"""Facts: what the user must be told, and whether the assistant's sentences state it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from trace_gym.env.types import Json

# an integer or decimal, with or without thousands separators; the digits of W12 and 1.2.3 are not numbers
_NUMBER = re.compile(r"(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!\w|\.\d)")
_NEAR = 40
"""How far apart numbers may stand to crowd each other, in characters: about half a sentence."""
_MOST_NEAR = 4
"""The most different numbers that may stand near a number, itself included; where there are more, it is a guess."""
_MOST_NUMBERS = 24
"""The most different numbers in all that an assistant's messages may hold; real agents' summaries stay below."""


@dataclass(frozen=True)
class Fact:
    """Something the user must be told before the task counts as solved.

    Example:
        >>> Fact("1093.5").stated_in(["Your total is $1,093.50."])
        True
        >>> Fact("pending", unless=("shipped",)).stated_in(["It is pending or shipped."])
        False
    """

    value: str
    """Text that must occur, as a whole word, in a message to the user; a number may be written in other ways."""
    unless: tuple[str, ...] = ()
    """Values that contradict it: an assistant that also claims one of these states nothing."""
    about: str = ""
    """What the fact is about (an identifier); sentences that name only another fact's subject do not count."""

    def stated_in(self, sentences: Sequence[str], subjects: Collection[str] = ()) -> bool:
        """Returns whether sentences state this fact and none that contradicts it.

        Args:
            sentences: What the assistant told the user, questions left out.
            subjects: What the task's facts are about, this one's included.
        """
        text = "\n".join(self._relevant(sentences, subjects))
        # an answer such as "pending or shipped" hedges, and the user is none the wiser
        for contradiction in self.unless:
            if has_word(text, contradiction):
                return False
        if _NUMBER.fullmatch(self.value):
            return _states_number(text, self.value)
        return has_word(text, self.value)

    def to_json(self) -> dict[str, Json]:
        """Returns `{"value", "unless", "about"}`."""
        return {"value": self.value, "unless": list(self.unless), "about": self.about}

    def _relevant(self, sentences: Sequence[str], subjects: Collection[str]) -> list[str]:
        """The sentences that name this fact's subject, or no subject at all."""
        others = [subject for subject in subjects if subject != self.about]
        relevant = []
        for sentence in sentences:
            # a sentence about nobody may well continue one about this subject
            names_another = any(has_word(sentence, other) for other in others)
            if has_word(sentence, self.about) or not names_another:
                relevant.append(sentence)
        return relevant


def has_word(text: str, word: str) -> bool:
    """Returns whether a word or number occurs in a text as a whole, whatever its case.

    Args:
        text: Where to look.
        word: What to look for; the empty word never occurs.

    Example:
        >>> has_word("It costs 12.50.", "12"), has_word("It costs 12.", "12")
        (False, True)
    """
    if not word:
        return False
    # a full stop ends a number, unless another digit follows it
    pattern = rf"(?<![\w.]){re.escape(word)}(?!\w|\.\d)"
    return re.search(pattern, text, flags=re.IGNORECASE) is not None


def _states_number(text: str, value: str) -> bool:
    """Returns whether a text states a number, and does not merely list numbers in the hope that one is right.

    An assistant that never looked a total up could recite every price it has seen. So a number counts only where few
    others stand close to it, and not at all in a text that is full of numbers.
    """
    numbers = list(_NUMBER.finditer(text))
    different = {_canonical(number.group()) for number in numbers}
    if len(different) > _MOST_NUMBERS:
        return False

    wanted = _canonical(value)
    mentions = [number for number in numbers if _canonical(number.group()) == wanted]
    # one clear statement is enough, even if the number stands in a list as well
    return any(not _is_crowded(mention, numbers) for mention in mentions)


def _is_crowded(number: re.Match[str], numbers: Sequence[re.Match[str]]) -> bool:
    """Returns whether many different numbers, this one included, stand close to a number."""
    nearby: set[str] = set()
    for other in numbers:
        if other.end() > number.start() - _NEAR and other.start() < number.end() + _NEAR:
            nearby.add(_canonical(other.group()))
    return len(nearby) > _MOST_NEAR


def _canonical(number: str) -> str:
    """Writes a number one way: no thousands separators, no zeros that change nothing."""
    whole, _, fraction = number.replace(",", "").partition(".")
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{fraction.rstrip('0')}"
