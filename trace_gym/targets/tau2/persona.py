"""What a scenario's user can say: its instructions, sentence by sentence, turned into the first person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'])|\n+")
_BEFORE_OBJECT = (
    "to|for|with|of|from|by|at|on|about|help|tells?|told|gives?|gave|asks?|let|allow(?:s|ed)?|offer(?:s|ed)?|shows?|"
    "refunds?|charge[sd]?|contact|sends?|transfer|provides?|makes?"
)
# in order: phrases come before the pronouns they contain, and "you" after a word that takes an object becomes "me"
_SWAPS: tuple[tuple[str, str], ...] = (
    (r"\bdo you\b", "do I"),
    (r"\byou are\b", "I am"),
    (r"\byou're\b", "I'm"),
    (r"\bare you\b", "am I"),
    (r"\byou were\b", "I was"),
    (r"\byou've\b", "I've"),
    (r"\byou'd\b", "I'd"),
    (r"\byou'll\b", "I'll"),
    (r"\byourself\b", "myself"),
    (r"\byours\b", "mine"),
    (r"\byour\b", "my"),
    (rf"\b({_BEFORE_OBJECT}) you\b", r"\1 me"),
    (r"\byou\b", "I"),
)


@dataclass(frozen=True)
class Persona:
    """The sentences a scripted user can say, in order.

    Example:
        >>> Persona("Change my flight.", known=("My name is Mia Li.",), wishes=(), unknown=()).request
        'Change my flight.'
    """

    request: str
    """Why it calls: its first message."""
    known: tuple[str, ...]
    """What it knows about itself, such as names and identifiers."""
    wishes: tuple[str, ...]
    """What else it has been told to want or do."""
    unknown: tuple[str, ...]
    """What it says it does not know."""


def persona_of(scenario: Any) -> Persona:
    """Reads a benchmark `UserScenario`; free-text instructions count as the request.

    Args:
        scenario: The benchmark's user scenario.
    """
    instructions = scenario.instructions
    if isinstance(instructions, str):
        return Persona(first_person(instructions), (), (), ())
    return Persona(
        request=first_person(instructions.reason_for_call),
        known=sentences(instructions.known_info),
        wishes=sentences(instructions.task_instructions),
        unknown=sentences(instructions.unknown_info),
    )


def sentences(text: str | None) -> tuple[str, ...]:
    """Splits a text into first-person sentences.

    Args:
        text: Instructions; None if a scenario has none.

    Example:
        >>> sentences("You are Ann. Your zip is 7.")
        ('I am Ann.', 'My zip is 7.')
    """
    if text is None:
        return ()
    return tuple(first_person(part) for part in _SENTENCE.split(text) if part.strip())


def first_person(text: str) -> str:
    """Turns what a user is told about itself into what it says, pronoun by pronoun.

    Args:
        text: An instruction in the second person.

    Example:
        >>> first_person("Ask whether your bag may travel with you.")
        'Ask whether my bag may travel with me.'
    """
    text = " ".join(text.split())
    for pattern, replacement in _SWAPS:
        text = re.sub(pattern, replacement, text, flags=re.IGNORECASE)

    # a sentence may now start in lower case: "Your id is 7." has become "my id is 7."
    return re.sub(r"(^|[.!?]\s+)([a-z])", lambda match: match[1] + match[2].upper(), text)
