"""What an assistant's sentence wants of a user: that something be done, or only looked at, or nothing."""

from __future__ import annotations

import re
from typing import Literal

Mood = Literal["order", "question", "statement"]

_CONDITION = re.compile(r"\b(?:if|when|unless|once)\b[^,]{0,200}(?:,|$)")
_NEGATED = re.compile(r"\b(?:not|never|avoid|without)\b|n't\b|\bno need\b")
_REQUEST = re.compile(
    r"\bplease\b|\b(?:can|could|would|will) you\b|\byou to\b|\byou (?:can|should|need|must|may)\b|\blet's\b|\blet us\b"
)
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

    An order asks for something in the base form of a verb, in whatever politeness; what the assistant reports of
    itself, asks about the past, or says is not to be done, is none. Conditions (`if ...,`) do not count.

    Args:
        sentence: One sentence of the assistant's.
    """
    core = _CONDITION.sub(" ", sentence)
    asks = sentence.rstrip("\"')* ").endswith("?")
    requested = bool(_REQUEST.search(core))
    if _NEGATED.search(core) or (_PAST.search(core) and not requested):
        if asks:
            return "question"
        return "statement"
    if requested or not (asks or _OURS.search(core)):
        return "order" if _VERB.search(core) else "question" if asks else "statement"

    if asks:
        return "question"
    return "statement"


def switched(sentence: str) -> bool | None:
    """Returns whether an order wants something on (True) or off (False); None where it wants neither.

    Args:
        sentence: One sentence of the assistant's.
    """
    core = _CONDITION.sub(" ", sentence)
    if found := _SWITCHED.search(core):
        return found[1] == "on"
    found = _NAMED.search(core) or _MADE_SURE.search(core)
    if found is None:
        return None
    return found["on"] is not None


def negated(before: str) -> bool:
    """Returns whether the end of a text says that what follows is not to be done.

    Args:
        before: What stands before the verb.
    """
    return bool(_NEGATED.search(re.split(r"[.!?\n]", before[-60:])[-1].lower()))
