"""ToolSandbox's user by fixed rules: says what it was told to want, answers questions, and ends the conversation."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

MULTIPLE, INSUFFICIENT = "MULTIPLE_USER_TURN", "INSUFFICIENT_INFORMATION"
YES = "Yes, please go ahead."
NOTHING_MORE = "I don't have any more information."
BYE = "Thanks, that's all."
_READ = 4000
"""Characters of a message that are read: whole, a message of 65,000 would take minutes."""
_MOST_QUESTIONS = 5
"""Answers after which it gives up, as ToolSandbox tells its users to."""
_SENTENCE = re.compile(r"(?<=[.!?])\s*(?=[A-Z])")
_SECRET = re.compile(r"it should (?:be|say)\b|do not leak\b", re.IGNORECASE)
_KEEP_SECRET = re.compile(r"do not leak\b", re.IGNORECASE)
_NOTHING = re.compile(r"you (?:do not|don't|don not)\b", re.IGNORECASE)
_LATER = re.compile(r"(?:after|then|once)\b", re.IGNORECASE)
_QUESTION = re.compile(r"[^.!?\n]*\?")
_QUOTED = re.compile(r"(?<!\w)(?:'.*?'|\".*?\"|‘.*?’|“.*?”)(?!\w)")
"""Quoted text: a question that is only reported, such as one in somebody's message, is not asked."""
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
    """What it wants done; it says the next one at each of the assistant's messages."""
    known: tuple[str, ...]
    """What else it knows; it says the next one when asked."""
    patient: bool
    """Whether it answers at all; if not, the assistant's first message ends the conversation."""


def script_of(instruction: str, categories: list[str]) -> Script:
    """Reads what ToolSandbox tells a scenario's user.

    The user never says what it is told to keep to itself. In a scenario with one user turn, the request has said
    everything; with insufficient information the user knows no more than that, but can be asked.

    Args:
        instruction: What ToolSandbox tells the scenario's user.
        categories: The scenario's categories.

    Example:
        >>> script_of("Ask User B to turn on wifi. Then ask for the weather.", [MULTIPLE]).wishes
        ('Turn on wifi.', 'Then ask for the weather.')
    """
    if MULTIPLE not in categories:
        return Script((), (), INSUFFICIENT in categories)

    wishes = []
    known = []
    for number, sentence in enumerate(_sayable(instruction)):
        # the first sentence is the request, and the others add a wish or a fact
        if number == 0 or _LATER.match(sentence):
            wishes.append(sentence)
        elif sentence not in wishes:
            known.append(sentence)
    return Script(tuple(map(first_person, wishes)), tuple(map(first_person, known)), True)


def _sayable(instruction: str) -> list[str]:
    """The sentences of an instruction that the user may say."""
    sentences = [sentence.strip() for sentence in _SENTENCE.split(instruction) if sentence.strip()]
    sayable = []
    for number, sentence in enumerate(sentences):
        # "Do not leak this." is about the sentence before it
        is_leak = number + 1 < len(sentences) and bool(_KEEP_SECRET.match(sentences[number + 1]))
        is_kept = is_leak or bool(_SECRET.match(sentence)) or bool(_NOTHING.match(sentence))
        if number == 0 or not is_kept:
            sayable.append(sentence)
    return sayable


def first_person(text: str) -> str:
    """Turns what a user is told into what it says.

    Args:
        text: An instruction to "you", who is called User A; the assistant is User B.

    Example:
        >>> first_person("ask User B to text your mom")
        'Text my mom'
    """
    for pattern, replacement in _SWAPS:
        text = re.sub(pattern, replacement, text, flags=re.IGNORECASE)
    text = " ".join(text.split())
    return text[:1].upper() + text[1:]


class ScriptedUser:
    """Plays a script by fixed rules, without a model or randomness.

    At each message it says the next thing it wants, unless it is asked for permission, which it gives. After its last
    wish, it answers questions with what else it knows, or that it knows no more, at most five times; any other message,
    or an offer of further help, ends the conversation.

    Example:
        >>> user = ScriptedUser(Script(wishes=("Then call Ann.",), known=("Her number is 7.",), patient=True))
        >>> user.reply("Wifi is on.")
        ('Then call Ann.', False)
        >>> user.reply("What is her number?")
        ('Her number is 7.', False)
        >>> user.reply("I have called her.")
        ("Thanks, that's all.", True)
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
        is_tired = self._answers >= _MOST_QUESTIONS
        # before the wishes: a permission that was asked for belongs to what was wished for before
        if not is_tired and any(map(_asks_permission, questions)):
            self._answers += 1
            return YES, False

        if self._wishes:
            return self._wishes.pop(0), False
        if not questions or is_tired or all(map(_CLOSING.search, questions)):
            return BYE, True

        self._answers += 1
        if self._known:
            return self._known.pop(0), False
        return NOTHING_MORE, False


def _asks_permission(question: str) -> bool:
    """Whether a question can be answered with yes; not one for particulars, and not an offer of further help."""
    if _OPEN.search(question) or _CLOSING.search(question):
        return False
    return bool(_PERMISSION.search(question))


class RecordedUser:
    """A user whose conversation is written into the scenario's own record.

    Example:
        >>> def write(message, reply, over):
        ...     print(f"agent: {message}, user: {reply}")
        ...     return over
        >>> user = RecordedUser(ScriptedUser(Script(wishes=(), known=(), patient=False)), write)
        >>> user.reply("Done.")
        agent: Done., user: Thanks, that's all.
        ("Thanks, that's all.", True)
    """

    def __init__(self, user: ScriptedUser, write: Callable[[str, str, bool], bool]) -> None:
        """Wraps a user.

        Args:
            user: The user who answers.
            write: Records a message, the reply to it, and whether the user ends the conversation; returns whether the
                conversation is over.
        """
        self._user = user
        self._write = write

    def reply(self, message: str) -> tuple[str, bool]:
        """Returns the reply, and whether the conversation is over, be it at the scenario's limit.

        Args:
            message: What the assistant said, any text.
        """
        text, over = self._user.reply(message)
        return text, self._write(message, text, over)
