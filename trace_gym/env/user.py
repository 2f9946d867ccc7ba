"""The scripted user: deterministic, reveals what the task says when asked, and leaves when served."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from trace_gym.env.task import Answer

_CLOSING = ("anything else", "something else", "further", "assist you", "help you")
_CONFIRM = ("confirm", "proceed", "go ahead", "shall i", "should i", "do you want", "would you like", "are you sure")
GOODBYE = "Thank you, that is all. Goodbye."
YES = "Yes, please go ahead."
NOTHING_MORE = "I have told you all I know. Please help me with what I asked."


class User(Protocol):
    """Who the assistant talks to.

    Responsibilities: `reply` answers any text, and never raises for what the assistant wrote.

    Example:
        >>> class Silent:
        ...     def reply(self, message: str) -> tuple[str, bool]:
        ...         return "", False
        >>> user: User = Silent()
        >>> user.reply("Which order is it?")
        ('', False)
    """

    def reply(self, message: str) -> tuple[str, bool]:
        """Answers an assistant's message.

        Args:
            message: What the assistant said, any text.

        Returns:
            The reply, and whether the conversation is over.
        """
        ...


class ScriptedUser:
    """Answers an assistant's messages by fixed rules; holds no randomness and no clock.

    Example:
        >>> user = ScriptedUser([Answer(("order",), "It is W12.")])
        >>> user.reply("Which order is it?")
        ('It is W12.', False)
        >>> user.reply("Done.")
        ('Thank you, that is all. Goodbye.', True)
    """

    def __init__(self, answers: Sequence[Answer]) -> None:
        """Prepares the user.

        Args:
            answers: What may be revealed; each is given once, in order.
        """
        self._answers_left = list(answers)

    def reply(self, message: str) -> tuple[str, bool]:
        """Answers an assistant's message.

        A question that touches an unrevealed answer gets it; a request to confirm gets a yes; any other question is
        told that there is no more to tell. A message without a question, or one that offers further help, ends the
        conversation.

        Args:
            message: What the assistant said.

        Returns:
            The reply, and whether the conversation is over.
        """
        if "?" not in message:
            return GOODBYE, True

        for answer in self._answers_left:
            if _mentions(message, answer.keywords):
                self._answers_left.remove(answer)
                return answer.text, False
        # before offers of help: "Shall I go ahead, or can I help you with anything else?" wants a yes
        if _mentions(message, _CONFIRM):
            return YES, False
        if _mentions(message, _CLOSING):
            return GOODBYE, True
        return NOTHING_MORE, False


def _mentions(message: str, words: Sequence[str]) -> bool:
    """Returns whether a message contains one of several texts, whatever their case."""
    lowered = message.lower()
    return any(word.lower() in lowered for word in words)
