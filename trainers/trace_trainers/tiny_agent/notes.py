"""Demonstrations that think aloud: before one of several records is used, it is quoted.

The quote stands beside the call, so the user does not hear it. Choosing an identifier by two properties at once is
what a model of this size does not learn in any time worth waiting for; written out, each step of the choice is a copy
of what matches the steps before, which it learns soon.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from trace_gym.env.types import Json


def noted(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Adds to every call that uses a record of a list a note that quotes the record.

    What a refusal recommends is not quoted: there is no choice left.

    Args:
        messages: The conversation.

    Returns:
        A copy with notes as the content of turns that call.

    Example:
        >>> listed = '[{"kind":"card","payment_id":"P12"},{"kind":"voucher","payment_id":"P34"}]'
        >>> call = {"function": {"name": "refund_order", "arguments": {"order_id": "W56", "payment_id": "P34"}}}
        >>> messages = [
        ...     {"role": "tool", "content": listed},
        ...     {"role": "assistant", "content": "", "tool_calls": [call]},
        ... ]
        >>> noted(messages)[1]["content"]
        '{"kind":"voucher","payment_id":"P34"}'
    """
    records: list[dict[str, Json]] = []
    is_refused = False
    copied = []
    for message in messages:
        if message["role"] == "tool":
            is_refused = message["content"].startswith("Error")
            records += _listed(message["content"])
        elif message.get("tool_calls") and not is_refused:
            message = {**message, "content": _quoted(message["tool_calls"], records)}
        copied.append(message)
    return copied


def _listed(result: str) -> list[dict[str, Json]]:
    """The records of a result that lists several."""
    if not result.startswith("["):
        return []
    listed: list[dict[str, Json]] = json.loads(result)
    return listed


def _quoted(calls: Sequence[dict[str, Any]], records: Sequence[dict[str, Json]]) -> str:
    """The records whose identifiers, their last values, are arguments of the calls; each on a line."""
    values = []
    for call in calls:
        values += list(call["function"]["arguments"].values())

    quotes = []
    for record in records:
        if list(record.values())[-1] in values:
            quotes.append(json.dumps(record, separators=(",", ":")))
    return "\n".join(quotes)
