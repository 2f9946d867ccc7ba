"""What the user asked for in words of its own, by the first word of a tool's name, and what it was refused."""

from __future__ import annotations

import re

from trace_gym.capabilities.attempt import mentions, normal
from trace_gym.capabilities.repair.observed import Observed

_CHANGES = r"chang|modif|updat|switch|mov|edit|correct"
_SAID = {"modify": _CHANGES, "update": _CHANGES, "exchange": r"exchang|swap|replac", "book": r"book|reserv"}
"""What users say for words that they do not use themselves."""
_DECLINES = re.compile(
    r"\b(cannot|can't|not (possible|eligible|allowed|permitted)|(un|not )able to|against|polic(y|ies))\b", re.I
)


def asks_for(text: str, tool: str) -> bool:
    """Returns whether a text speaks of an operation.

    Args:
        text: Somebody's words.
        tool: The tool's name.

    Example:
        >>> asks_for("I'd like it canceled.", "cancel_order"), asks_for("Where is it?", "cancel_order")
        (True, False)
    """
    word = tool.split("_")[0]
    return re.search(rf"\b({_SAID.get(word, re.escape(word))})", text, re.I) is not None


def asked_for_on(observed: Observed, tool: str, record: str) -> bool:
    """Returns whether one of the user's sentences asks for an operation on a record that it names.

    Args:
        observed: What came before the call.
        tool: The tool's name.
        record: What the record is called.
    """
    return any(asks_for(said, tool) and mentions(normal(said), record) for said in observed.sentences)


def declines(text: str) -> bool:
    """Returns whether a text tells the user that something is not to be had.

    Args:
        text: The assistant's words.

    Example:
        >>> declines("I'm unable to cancel it."), declines("It is cancelled.")
        (True, False)
    """
    return _DECLINES.search(text.replace("\u2019", "'")) is not None
