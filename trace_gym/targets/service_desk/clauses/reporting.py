"""Tell the customer what a lookup returned."""

from __future__ import annotations

from trace_gym.env.facts import Fact
from trace_gym.env.types import ToolCall
from trace_gym.targets.service_desk.clauses.clause import Clause
from trace_gym.targets.service_desk.shop import STATUSES, ShopBuilder

_PHRASES = {
    "total": (
        ("What is the total of order {}?", "What is the total of my order?"),
        ("How much did {} cost?", "How much did my order cost?"),
    ),
    "status": (
        ("What is the status of order {}?", "What is the status of my order?"),
        ("Tell me how far {} is.", "Tell me how far my order is."),
    ),
}


def draw(shop: ShopBuilder, difficulty: int) -> Clause:
    """Draws a question about an order's total or status.

    Args:
        shop: Receives the order that is asked about.
        difficulty: Makes no difference here.
    """
    order = shop.add_order()
    field = shop.pick(tuple(_PHRASES))
    phrase, without = _PHRASES[field][int(shop.rng.integers(2))]
    value = str(order[field])

    # another status would contradict the answer; another number may be anything
    contradicting: tuple[str, ...] = ()
    if field == "status":
        contradicting = tuple(status for status in STATUSES if status != value)

    return Clause(
        capability="result_reporting",
        request=phrase.format(order["order_id"]),
        calls=(ToolCall("get_order", {"order_id": order["order_id"]}),),
        reply=f"The {field} of {order['order_id']} is {value}.",
        facts=(Fact(value, contradicting, order["order_id"]),),
        request_without_order=without,
    )
