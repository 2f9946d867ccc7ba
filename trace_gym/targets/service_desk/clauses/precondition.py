"""Write only if the order's status allows it: look first."""

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
        shop: Receives an order, in the status that is drawn.
        difficulty: Makes no difference here.
    """
    verb = shop.pick(tuple(_CASES))
    write, needed, done = _CASES[verb]
    allowed = shop.rng.random() < _ALLOWED
    status = needed
    if not allowed:
        status = shop.pick(tuple(other for other in STATUSES if other != needed))
    order_id = shop.add_order(status=status)["order_id"]
    phrase, without = _PHRASES[verb][int(shop.rng.integers(2))]

    calls = [ToolCall("get_order", {"order_id": order_id})]
    if allowed:
        calls.append(ToolCall(write, {"order_id": order_id}))
        reply = f"{order_id} is {done}."
        facts: tuple[Fact, ...] = ()
    else:
        reply = f"{order_id} is {status}, so I cannot {verb} it."
        # a refusal may name the status that would be needed ("it is not pending"), which contradicts nothing
        contradicting = tuple(other for other in STATUSES if other not in (status, needed))
        facts = (Fact(status, contradicting, order_id),)

    return Clause(
        capability="precondition_verification",
        request=phrase.format(order_id),
        calls=tuple(calls),
        reply=reply,
        facts=facts,
        request_without_order=without,
    )
