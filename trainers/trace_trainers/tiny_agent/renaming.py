"""Demonstrations under other identifiers, so that nothing can be learned from how those of a split are built."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

_NUMBER = re.compile(r"(?<=[WIP])\d{4}|(?<=[a-z])\d\d(?=@)")
"""The number of an order, an item or a payment, and that of an e-mail."""
_STREAM = 0xDE31
"""Keeps these draws apart from those of the demonstration, which are seeded with its index too."""


def renamed(messages: list[dict[str, Any]], index: int) -> list[dict[str, Any]]:
    """Gives every identifier of a conversation a number drawn from all that have as many digits.

    The numbers of a split share a digit sum modulo 4 (`trace_gym.env.seeding.numbers_of_split`). A model that writes
    two digits a token learns that rule sooner than it learns to copy, and then fails on every other split: trained on
    identifiers of the `demo` split alone, one solved 59 % there and 7 % of the held-out tasks.

    Args:
        messages: The conversation.
        index: Seeds the draw: the demonstration's number.

    Returns:
        A copy, with the same new number wherever the same identifier stood.

    Example:
        >>> [first, second] = renamed([{"content": "Cancel W1234."}, {"content": "W1234 is cancelled."}], 0)
        >>> first["content"].split()[-1].rstrip(".") == second["content"].split()[0]
        True
    """
    rng = np.random.default_rng(np.random.SeedSequence([index, _STREAM]))
    new_by_old: dict[str, str] = {}
    taken: set[str] = set()

    def new_number(match: re.Match[str]) -> str:
        old = match.group()
        while old not in new_by_old:
            digits = len(old)
            number = str(int(rng.integers(10 ** (digits - 1), 10**digits)))
            # two identifiers that became one would make nonsense of the conversation
            if number not in taken:
                taken.add(number)
                new_by_old[old] = number
        return new_by_old[old]

    copied: list[dict[str, Any]] = json.loads(_NUMBER.sub(new_number, json.dumps(messages)))
    return copied
