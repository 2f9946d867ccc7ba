"""ToolSandbox's user by fixed rules: it says what it was told to want, answers, and ends the conversation."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

MULTIPLE, INSUFFICIENT = "MULTIPLE_USER_TURN", "INSUFFICIENT_INFORMATION"
YES = "Yes, please go ahead."
NOTHING_MORE = "I don't have any more information."
BYE = "Thanks, that's all."
_READ = 4000
"""Characters of a message that it reads."""
_MOST_QUESTIONS = 5
"""After so many answers it gives up, as ToolSandbox tells its users to."""
_SENTENCE = re.compile(r"(?<=[.!?])\s*(?=[A-Z])")
_SECRET = re.compile(r"it should (?:be|say)\b|do not leak\b", re.IGNORECASE)
_KEEP_SECRET = re.compile(r"do not leak\b", re.IGNORECASE)
_NOTHING = re.compile(r"you (?:do not|don't|don not)\b", re.IGNORECASE)
_LATER = re.compile(r"(?:after|then|once)\b", re.IGNORECASE)
_QUESTION = re.compile(r"[^.!?\n]*\?")
_QUOTED = re.compile(r"(?<!\w)(?:'.*?'|\".*?\"|‘.*?’|“.*?”)(?!\w)")
"""A question that is only reported, such as one in somebody's message, is not asked."""
_OPEN = re.compile(r"\b(?:who|whom|whose|what|which|when|where|how|why)\b")
_PERMISSION = re.compile(
    r"\b(?:confirm|proceed|go ahead|shall i|should i|may i|can i|do you want|would you like|are you sure|allow|"
    r"permission|turn(?:ed|ing)? (?:it |them )?(?:on|off)|enabled?|disabled?|okay|ok|right|correct)\b"
)
_CLOSING = re.compile(r"\b(?:anything else|something else|further|(?:else|more) (?:that )?i can)\b")
_SWAPS = (
    (r"\bask user b (?:to )?", ""),
    (r"\byour \(user a's\)|\(user a's\)|\byour\b", "my"),
    (r"\byou \(user a\)|\byou\b", "I"),
    (r"\buser b\b", "you"),
)


@dataclass(frozen=True)
class Script:
    """What a user can say, in order.

    Example:
        >>> Script(wishes=("Turn on wifi.",), known=(), patient=True).wishes[0]
        'Turn on wifi.'
    """

    wishes: tuple[str, ...]
    """What it wants done; the next is told at each of the assistant's messages."""
    known: tuple[str, ...]
    """What else it knows; the next is told when it is asked."""
    patient: bool
    """Whether it answers at all; else the assistant's first message ends the conversation."""


def script_of(instruction: str, categories: list[str]) -> Script:
    """Reads what ToolSandbox tells a scenario's user.

    What it is told to keep to itself it never says. In a scenario of one user turn all has been said with the request;
    in one with insufficient information it knows no more than that, but can be asked.

    Args:
        instruction: What ToolSandbox tells the scenario's user.
        categories: The scenario's categories.
    """
    if MULTIPLE not in categories:
        return Script((), (), INSUFFICIENT in categories)
    parts = [part.strip() for part in _SENTENCE.split(instruction) if part.strip()]
    secret = {i - 1 for i, part in enumerate(parts) if _KEEP_SECRET.match(part)}
    told = [
        part
        for i, part in enumerate(parts)
        if i == 0 or (i not in secret and not _SECRET.match(part) and not _NOTHING.match(part))
    ]

    wishes = [part for i, part in enumerate(told) if i == 0 or _LATER.match(part)]
    known = [part for part in told if part not in wishes]
    return Script(tuple(map(first_person, wishes)), tuple(map(first_person, known)), True)


def first_person(text: str) -> str:
    """Turns what a user is told into what it says.

    Args:
        text: What is said.
    """
    for pattern, replacement in _SWAPS:
        text = re.sub(pattern, replacement, text, flags=re.IGNORECASE)
    text = " ".join(text.split())
    return text[:1].upper() + text[1:]


class ScriptedUser:
    """Plays a script; no model, no randomness.

    At each message it tells the next thing it wants, unless it is asked for permission, which it gives. When all has
    been told, a question is answered with what else it knows, or with that there is no more, at most five times; any
    other message, and an offer of further help, ends the conversation.
    """

    def __init__(self, script: Script) -> None:
        """Prepares the user.

        Args:
            script: What the user can say.
        """
        self._wishes = list(script.wishes)
        self._known = list(script.known)
        self._patient = script.patient
        self._answers = 0

    def reply(self, message: str) -> tuple[str, bool]:
        """Returns the reply to an assistant's message, and whether the conversation is over.

        Args:
            message: What the assistant said, any text.
        """
        if not self._patient:
            return BYE, True
        questions = _QUESTION.findall(_QUOTED.sub("", message[:_READ].lower()))
        tired = self._answers >= _MOST_QUESTIONS

        if (
            any(_PERMISSION.search(q) and not _OPEN.search(q) and not _CLOSING.search(q) for q in questions)
            and not tired
        ):
            self._answers += 1
            return YES, False

        if self._wishes:
            return self._wishes.pop(0), False
        if not questions or tired or all(map(_CLOSING.search, questions)):
            return BYE, True

        self._answers += 1
        return (self._known.pop(0) if self._known else NOTHING_MORE), False


class RecordedUser:
    """A user whose conversation is written into the scenario's own record."""

    def __init__(self, user: ScriptedUser, write: Callable[[str, str, bool], bool]) -> None:
        """Prepares the user.

        Args:
            user: Who answers.
            write: Records a message, its reply and whether it ends; returns whether all is over.
        """
        self._user = user
        self._write = write

    def reply(self, message: str) -> tuple[str, bool]:
        """Returns the reply, and whether the conversation is over, which it also is at the scenario's limit.

        Args:
            message: What the assistant said, any text.
        """
        text, over = self._user.reply(message)
        return text, self._write(message, text, over)
