"""What an assistant's sentence wants from a user: an action, a look at something, or nothing."""

from __future__ import annotations

import re
from typing import Literal

Mood = Literal["order", "question", "statement"]

_CONDITION = re.compile(r"\b(?:if|when|unless|once)\b[^,]{0,200}(?:,|$)")
_NEGATED = re.compile(r"\b(?:not|never|avoid|without)\b|n't\b|\bno need\b")
_REQUEST = re.compile(
    r"\bplease\b|\b(?:can|could|would|will) you\b|\byou to\b|\byou (?:can|should|need|must|may)\b|\blet's\b|\blet us\b"
)
# an assistant that speaks of what it does itself: "Thank you, I will turn on roaming."
_OURS = re.compile(r"^\W*(?:\w+[,:]? ){0,3}(?:i|we|let me)\b")
_PAST = re.compile(r"\b(?:have|has|did|were|was) (?:you|it|they)\b|\byou (?:have|had|did)\b|\balready\b")
_VERB = re.compile(
    r"\b(?:turn|switch|toggle|put|set|keep|enable|disable|activate|deactivate|change|restart|reboot|power[- ]cycle|"
    r"re-?seat|re-?insert|insert|remove|reset|connect|disconnect|grant|allow|give|make|pay|accept|check|run|try|test|"
    r"look|see|tell|open|use|perform|verify|confirm|ensure|do|go|start)\b"
)
_SWITCHED = re.compile(r"\b(?:turn|switch|put|set|keep)\b(?:(?!\b(?:on|off)\b)[^,;]){0,80}\b(on|off)\b")
_NAMED = re.compile(r"\b(?:(?P<on>enable|activate)|(?P<off>disable|deactivate))\b")
_MADE_SURE = re.compile(r"\b(?:make sure|ensure)\b[^;]{0,80}?\b(?:(?P<on>on|enabled|active)|(?P<off>off|disabled))\b")


def mood(sentence: str) -> Mood:
    """Returns what a lower-case sentence wants.

    An order asks for something with the base form of a verb, however politely. What the assistant reports about
    itself, asks about the past, or says not to do is no order. Conditions (`if ...,`) do not count.

    Args:
        sentence: One sentence of the assistant's, in lower case.

    Example:
        >>> mood("could you turn on wi-fi?"), mood("is wi-fi on?"), mood("i have enabled wi-fi.")
        ('order', 'question', 'statement')
    """
    # "if it is off, turn it on" orders the second part only
    core = _CONDITION.sub(" ", sentence)
    is_question = sentence.rstrip("\"')* ").endswith("?")
    no_order: Mood = "statement"
    if is_question:
        no_order = "question"

    is_requested = bool(_REQUEST.search(core))
    if _NEGATED.search(core) or (_PAST.search(core) and not is_requested):
        return no_order
    # a bare imperative ("restart your phone.") is an order as well
    may_be_order = is_requested or not (is_question or _OURS.search(core))
    if may_be_order and _VERB.search(core):
        return "order"
    return no_order


def switched(sentence: str) -> bool | None:
    """Returns whether an order wants something on (True) or off (False), or neither (None).

    Args:
        sentence: One sentence of the assistant's, in lower case.

    Example:
        >>> switched("turn wi-fi off."), switched("enable wi-fi."), switched("restart your phone.")
        (False, True, None)
    """
    core = _CONDITION.sub(" ", sentence)
    turned = _SWITCHED.search(core)
    if turned is not None:
        return turned[1] == "on"

    named = _NAMED.search(core) or _MADE_SURE.search(core)
    if named is None:
        return None
    return named["on"] is not None


def negated(before: str) -> bool:
    """Returns whether the end of a text says not to do what follows.

    Args:
        before: The text before the name of a tool, any length.

    Example:
        >>> negated("Please don't use "), negated("Do not worry. Use ")
        (True, False)
    """
    # the sentence that the name stands in; a negation further away belongs to something else
    sentence = re.split(r"[.!?\n]", before[-60:])[-1]
    return bool(_NEGATED.search(sentence.lower()))
