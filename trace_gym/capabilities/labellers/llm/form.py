"""The form of an answer: for each capability a reason, the messages that show it, and a label."""

from __future__ import annotations

from typing import Any

from trace_gym.capabilities.dictionary import Dictionary
from trace_gym.capabilities.labels import Label

_JUDGEMENT = {
    "type": "object",
    # the reason comes first, so that the label follows from it and not the other way round
    "properties": {
        "reason": {"type": "string"},
        "messages": {"type": "array", "items": {"type": "integer"}},
        "label": {"enum": [label.name for label in Label]},
    },
    "required": ["reason", "messages", "label"],
    "additionalProperties": False,
}


def answer_schema(dictionary: Dictionary) -> dict[str, Any]:
    """Returns the JSON Schema of an answer: one judgement for each capability, by name.

    Args:
        dictionary: The capabilities.

    Example:
        >>> from trace_gym.capabilities.dictionary import DictionaryEntry
        >>> answer_schema(Dictionary((DictionaryEntry("tact", "Stay polite."),)))["required"]
        ['tact']
    """
    names = [entry.name for entry in dictionary.entries]
    return {
        "type": "object",
        "properties": dict.fromkeys(names, _JUDGEMENT),
        "required": names,
        "additionalProperties": False,
    }
