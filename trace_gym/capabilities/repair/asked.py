"""What the user asked for in words of its own, by the first word of a tool's name, and what it was refused."""

from __future__ import annotations

import re

from trace_gym.capabilities.attempt import is_identifier, mentions, normal
from trace_gym.capabilities.repair.observed import Observed

_CHANGES = "change modify update switch move edit"
_SAID = {"modify": _CHANGES, "update": _CHANGES, "exchange": "exchange swap replace", "book": "book reserve"}
"""What users say for words that they do not use themselves."""
_ENDINGS = "e|es|ed|s|d|ing|led|ling|lation|ped|ping|ted|ting|ation|y|ies|ied|ying"
_NOT = r"(not|n't|never|without|nor)( \w+){0,2} "
_AGREES = re.compile(
    r"\s*(yes|yeah|sure|ok|okay|great|perfect|please do|go ahead|sounds|that'?s|right|correct)\b", re.I
)
_CLAUSE = re.compile(r"[.!?;\n]+|\b(?:but|except|instead of|rather than|keep|leave)\b", re.I)
_DECLINES = re.compile(
    r"\b(cannot|can't|couldn't|unable|ineligible|(no|non)[ -]?refundable|against (the |our )?polic(y|ies))\b"
    r"|(\bnot|n't|\bno longer)( \w+)? (possible|eligible|allowed|permitted|able|available|qualify|meet|allow|permit)\b",
    re.I,
)


def asks_for(text: str, tool: str) -> bool:
    """Returns whether a text speaks of an operation, and not of leaving it.

    Args:
        text: Somebody's words.
        tool: The tool's name.

    Example:
        >>> asks_for("I'd like it canceled.", "cancel_order"), asks_for("Where is it?", "cancel_order")
        (True, False)
        >>> asks_for("Please do not cancel it.", "cancel_order")
        False
    """
    word = tool.split("_")[0]
    stems = "|".join(re.escape(own.removesuffix("e").removesuffix("y")) for own in _SAID.get(word, word).split())
    verb = rf"({stems})({_ENDINGS})?\b"
    text = text.replace("\u2019", "'")
    left = re.sub(rf"{_NOT}{verb}", " ", text, flags=re.I)
    return re.search(rf"\b{verb}", left, re.I) is not None


def asked_for(observed: Observed, tool: str, record: str) -> bool:
    """Returns whether the user asked for an operation on a record, unprompted.

    Args:
        observed: What came before the call.
        tool: The tool's name.
        record: What the record is called; a clause that names another one alone asks for something else.
    """
    for said in requests(observed):
        named = [word for word in re.findall(r"[#\w]+", said) if is_identifier(word)]
        if asks_for(said, tool) and (not named or mentions(normal(said), record)):
            return True
    return False


def asked_for_by_name(observed: Observed, tool: str, record: str) -> bool:
    """Returns whether the user asked for an operation on a record that it named.

    Args:
        observed: What came before the call.
        tool: The tool's name.
        record: What the record is called.
    """
    return any(asks_for(said, tool) and mentions(normal(said), record) for said in observed.sentences)


def requests(observed: Observed) -> list[str]:
    """Returns the user's clauses but those of messages that agree to what the assistant proposed.

    Args:
        observed: What came before a call.
    """
    sentences = []
    for text in observed.messages_of_the_user:
        if not _AGREES.match(text):
            sentences += _CLAUSE.split(text)
    return sentences


def declines(text: str) -> bool:
    """Returns whether a text tells the user that something is not to be had.

    Args:
        text: The assistant's words.

    Example:
        >>> declines("I'm unable to cancel it."), declines("It is cancelled."), declines("It isn't eligible for that.")
        (True, False, True)
    """
    return _DECLINES.search(text.replace("\u2019", "'")) is not None
