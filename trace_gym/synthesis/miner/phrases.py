"""Turning real requests into phrasings with slots, and making plain ones where none fit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from trace_gym.env.types import Json

_MOST = 12
_LONGEST = 240


def with_slots(text: str, values: Mapping[str, Json]) -> str | None:
    """Replaces values by `{slot}`.

    Args:
        text: A real request.
        values: What the slots stand for, by name.

    Returns:
        The phrasing, or None when a value does not stand in `text`, or `text` is too long or holds braces.

    Example:
        >>> with_slots("Cancel W12, please.", {"order_id": "W12"})
        'Cancel {order_id}, please.'
    """
    if "{" in text or "}" in text or len(text) > _LONGEST:
        return None
    # long values first: a short one may be part of a longer one
    for slot, value in sorted(values.items(), key=lambda item: -len(str(item[1]))):
        pattern = re.compile(rf"(?<![\w]){re.escape(str(value))}(?![\w])")
        if not pattern.search(text):
            return None
        text = pattern.sub("{" + slot + "}", text)

    return text


def list_slot(text: str, values: list[str]) -> str | None:
    """Replaces an enumeration such as `A, B and C` of exactly these values by `{ids}`; None when there is none.

    Args:
        text: A real request.
        values: What is enumerated.
    """
    if "{" in text or not values or any(value not in text for value in values):
        return None
    one = "|".join(re.escape(value) for value in values)
    match = re.search(rf"(?:{one})(?:(?:,? and |, )(?:{one}))+", text)
    if match is None or any(value not in match[0] for value in values):
        return None
    return text[: match.start()] + "{ids}" + text[match.end() :]


def most_common(phrases: Iterable[str | None], *, least: int = 2) -> list[str]:
    """Returns the phrasings that recur, most frequent first, at most a dozen; single ones when none recurs.

    Args:
        phrases: Phrasings; None where there is none.
        least: How often a phrasing must recur.
    """
    counts = Counter(filter(None, phrases))
    recurring = [phrase for phrase, count in counts.most_common(_MOST) if count >= least]
    return recurring or [phrase for phrase, _ in counts.most_common(3)]


def plain_request(tool: str, arguments: Iterable[str]) -> str:
    """Makes a request out of a tool's name.

    Args:
        tool: The tool's name.
        arguments: The arguments that the request must give.

    Example:
        >>> plain_request("cancel_order", ["order_id"])
        'Please cancel order: order id {order_id}.'
    """
    words = tool.replace("_", " ")
    details = ", ".join(f"{name.replace('_', ' ')} {{{name}}}" for name in arguments)
    if not details:
        return f"Please {words}."
    return f"Please {words}: {details}."
