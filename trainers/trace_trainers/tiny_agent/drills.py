"""Drills in reading records: short conversations in which nothing is done but to find one of several by its values.

Demonstrations ask for that once or twice in a visit, and by one value that is nearly always the same. A drill asks for
each of its records, which is how the model learns it in hundreds of steps and not in many thousands.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from trace_gym.env.types import Json
from trace_gym.targets.service_desk.shop import COLORS, KINDS, ShopBuilder

_STREAM = 0xDE32
"""Keeps these draws apart from those of demonstrations and identifiers, which are seeded with an index too."""
_COLORS_LISTED = 3
"""Each with an item in stock and one that is sold out."""

Record = tuple[str, dict[str, Json]]
"""The words that ask for a record, which fit no other of its list; and the record."""


def drill(index: int) -> list[dict[str, Any]]:
    """Makes a drill: records as the desk lists them, and questions, each answered by the record that it asks for.

    Args:
        index: Seeds the drill.

    Returns:
        A conversation like a demonstration's.

    Example:
        >>> for message in drill(1)[2:4]:
        ...     print(message["content"])
        red, in stock
        {"color":"red","stock":9,"price":62,"item_id":"I8874"}
    """
    rng = np.random.default_rng(np.random.SeedSequence([index, _STREAM]))
    shop = ShopBuilder(rng, "demo")
    records = _items(shop)
    if shop.chance(0.5):
        records = _payments(shop)

    messages: list[dict[str, Any]] = [
        {"role": "system", "content": ""},
        {"role": "tool", "content": _dumped([record for _, record in records])},
    ]
    # each once: what was quoted before could be copied from there
    for place in rng.permutation(len(records)):
        wish, record = records[int(place)]
        messages.append({"role": "user", "content": wish})
        messages.append({"role": "assistant", "content": _dumped(record)})
    return messages


def _payments(shop: ShopBuilder) -> list[Record]:
    """The payments of a customer: one of every kind in every state."""
    records: list[Record] = []
    for payment in shop.add_user()["payments"]:
        records.append((f"{payment['kind']}, {payment['state']}", payment))
    return records


def _items(shop: ShopBuilder) -> list[Record]:
    """Items of one kind, in random order."""
    kind = shop.pick(KINDS)
    records: list[Record] = []
    for color in shop.rng.permutation(COLORS)[:_COLORS_LISTED]:
        for words, stock in (("in stock", 3 + int(shop.rng.integers(7))), ("sold out", 0)):
            item = shop.add_item(kind, str(color), stock, price=10 + int(shop.rng.integers(90)))
            # as `list_items` shows it, which leaves out the kind that was asked for
            shown = {name: value for name, value in item.items() if name != "kind"}
            records.append((f"{color}, {words}", shown))
    return [records[int(place)] for place in shop.rng.permutation(len(records))]


def _dumped(records: dict[str, Json] | Sequence[dict[str, Json]]) -> str:
    return json.dumps(records, separators=(",", ":"))
