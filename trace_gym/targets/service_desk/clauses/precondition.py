"""Do something only if the order's status allows it: look before you write."""

from __future__ import annotations

from trace_gym.env.facts import Fact
from trace_gym.env.types import ToolCall
from trace_gym.targets.service_desk.clauses.clause import Clause
from trace_gym.targets.service_desk.shop import STATUSES, ShopBuilder

_CASES = {
    "cancel": ("cancel_order", "pending", "cancelled"),
    "return": ("return_order", "delivered", "returned"),
}
_PHRASES = {
    "cancel": (
        ("Cancel order {} if it is still pending.", "Cancel my order if it is still pending."),
        ("Please cancel {} in case it has not shipped yet.", "Please cancel my order in case it has not shipped yet."),
    ),
    "return": (
        ("Return order {} if it has been delivered.", "Return my order if it has been delivered."),
        ("Please take back {} in case it has arrived.", "Please take back my order in case it has arrived."),
    ),
}
_ALLOWED = 0.2
"""Share of requests whose order is in the status they need."""


def draw(shop: ShopBuilder, difficulty: int) -> Clause:
    """Draws a conditional cancellation or return; mostly the status forbids it.

    Args:
        shop: Gets the records that the clause needs.
        difficulty: The level, from 1 up.
    """
    verb = shop.pick(tuple(_CASES))
    write, needed, done = _CASES[verb]
    allowed = shop.rng.random() < _ALLOWED
    others = tuple(status for status in STATUSES if status != needed)
    order = shop.add_order(status=needed if allowed else shop.pick(others))
    order_id = order["order_id"]
    status = order["status"]

    phrase, without = _PHRASES[verb][int(shop.rng.integers(2))]
    look = ToolCall("get_order", {"order_id": order_id})
    contradicting = tuple(other for other in STATUSES if other not in (status, needed))
    return Clause(
        capability="precondition_verification",
        request=phrase.format(order_id),
        calls=(look, ToolCall(write, {"order_id": order_id})) if allowed else (look,),
        reply=f"{order_id} is {done}." if allowed else f"{order_id} is {status}, so I cannot {verb} it.",
        facts=() if allowed else (Fact(status, contradicting, order_id),),
        request_without_order=without,
    )
