"""Facts: what the user must be told, and whether the assistant's sentences state it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from trace_gym.env.types import Json

_NUMBER = re.compile(r"(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!\w|\.\d)")
_NEAR = 40
"""Characters to either side of a number that are looked at for others."""
_MOST_NEAR = 4
"""An assistant that crowds more different numbers than this around one is guessing, and does not state it."""
_MOST_NUMBERS = 24
"""One that names more different numbers than this in all states none of them; real agents' summaries stay below."""


@dataclass(frozen=True)
class Fact:
    """Something the user must be told before the task counts as solved."""

    value: str
    """The text that must stand, as a whole word, in a message to the user; a number may be written otherwise."""
    unless: tuple[str, ...] = ()
    """Values that contradict it: an assistant that also claims one of these states nothing."""
    about: str = ""
    """What the fact is about (an identifier); sentences that name only another fact's subject do not count."""

    def stated_in(self, sentences: Sequence[str], subjects: Collection[str] = ()) -> bool:
        """Whether `sentences` state this fact and none that contradicts it.

        Args:
            sentences: what the assistant told the user, questions left out.
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
