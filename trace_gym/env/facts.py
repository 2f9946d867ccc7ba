"""Facts: what the user must be told, and whether the assistant's sentences state it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from trace_gym.env.types import Json

_NUMBER = re.compile(r"(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!\w|\.\d)")
_NEAR = 40
"""Characters to either side of a number within which other numbers count as crowding it."""
_MOST_NEAR = 4
"""An assistant that crowds more different numbers than this around one is guessing, and does not state it."""
_MOST_NUMBERS = 24
"""An assistant that names more different numbers than this in all states none; real agents' summaries stay below."""


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
        """The sentences that name this fact's subject, or nobody else's."""
        others = [subject for subject in subjects if subject != self.about]
        relevant = []
        for sentence in sentences:
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
    """Returns whether a text names a number and does not merely list guesses around it."""
    numbers = [(match.start(), match.end(), _canonical(match.group())) for match in _NUMBER.finditer(text)]
    if len({number for _, _, number in numbers}) > _MOST_NUMBERS:
        return False

    wanted = _canonical(value)
    for start, end, number in numbers:
        if number != wanted:
            continue
        nearby = {other for a, b, other in numbers if b > start - _NEAR and a < end + _NEAR}
        if len(nearby) <= _MOST_NEAR:
            return True
    return False


def _canonical(number: str) -> str:
    """Writes a number one way: no thousands separators, no zeros that change nothing."""
    whole, _, fraction = number.replace(",", "").partition(".")
    return f"{whole.lstrip('0') or '0'}.{fraction.rstrip('0')}"
