"""How the desk's guidelines want an assistant to work: look first, and tell nothing that was not asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trace_gym.env.episode import CallRecord, statements
from trace_gym.env.facts import Fact
from trace_gym.env.types import Json

_FIELDS = ("status", "region", "net", "gross")
"""What an order's record shows."""
_BESIDES = {
    "ask": (),
    "close": ("status",),
    "ship": ("status", "region"),
    "exchange": ("status",),
    "refund": ("status",),
}
"""What may be told without being asked for, by errand: what explains how the order was dealt with."""


def looked_first(calls: Sequence[CallRecord]) -> bool:
    """Returns whether every order was looked up before anything was done with it.

    Args:
        calls: What was called, in order; refused writes count as well.

    Example:
        >>> from trace_gym.env.types import ToolCall
        >>> cancel = CallRecord(ToolCall("cancel_order", {"order_id": "W12"}), "{}", False, "write")
        >>> looked_first([cancel])
        False
    """
    # a list, since a refused call may name anything, also what cannot be hashed
    seen: list[object] = []
    for record in calls:
        order_id = record.call.arguments.get("order_id")
        if record.kind == "write" and order_id not in seen:
            return False
        if record.kind == "read" and not record.error:
            seen.append(order_id)
    return True


def is_to_the_point(said: Sequence[str], asked: Sequence[Mapping[str, str]], orders: Mapping[str, Json]) -> bool:
    """Returns whether nothing was told of the orders' records that nobody had asked for.

    An assistant that reads whole records out would otherwise have answered any question, whichever it was.

    Args:
        said: The messages to the customer.
        asked: `errand`, `order_id` and `told` (the value asked for, or empty) of each order that is asked about.
        orders: The orders' records as the task began, by number.

    Example:
        >>> asked = [{"errand": "ask", "order_id": "W12", "told": "45"}]
        >>> orders = {"W12": {"status": "pending", "region": "north", "net": 40, "gross": 45}}
        >>> is_to_the_point(["It cost 45."], asked, orders), is_to_the_point(["It is pending, 45."], asked, orders)
        (True, False)
    """
    sentences = statements("\n".join(said))
    subjects = {row["order_id"] for row in asked}
    # a value that one order may be told with cannot count against another, in a sentence that names neither
    welcome: set[str] = set()
    for row in asked:
        welcome.add(row["told"])
        for field in _BESIDES[row["errand"]]:
            welcome.add(str(orders[row["order_id"]][field]))

    for row in asked:
        for field in _FIELDS:
            value = str(orders[row["order_id"]][field])
            if value not in welcome and Fact(value, (), row["order_id"]).stated_in(sentences, subjects):
                return False
    return True
