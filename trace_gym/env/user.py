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
    """Who the assistant talks to."""

    def reply(self, message: str) -> tuple[str, bool]:
        """Returns the reply to an assistant's message, and whether the conversation is over."""
        ...


class ScriptedUser:
    """Answers an assistant's messages by fixed rules; holds no randomness and no clock."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        """Args: answers: what may be revealed; each is given once, in order."""
        self._left = list(answers)

    def reply(self, message: str) -> tuple[str, bool]:
        """Returns the user's reply and whether the conversation is over.

        A question that touches an unrevealed answer gets it; a request to confirm gets a yes; any other question
        gets told that there is no more to tell. A message without a question, or one that offers further help, ends
        the conversation.
        """
        lowered = message.lower()
        if "?" not in message:
            return GOODBYE, True
        for answer in self._left:
            if any(word.lower() in lowered for word in answer.keywords):
                self._left.remove(answer)
                return answer.text, False
        if any(word in lowered for word in _CONFIRM):
            return YES, False
        if any(word in lowered for word in _CLOSING):
            return GOODBYE, True
        return NOTHING_MORE, False
