"""Read why a call was refused, mend it, and try again."""

from __future__ import annotations

from trace_gym.env.types import ToolCall
from trace_gym.targets.service_desk.clauses.clause import Clause
from trace_gym.targets.service_desk.shop import ShopBuilder

_SPEEDS = ("express", "priority")
_PHRASES = (
    ("Switch order {} to express shipping.", "Switch my order to express shipping."),
    ("I need {} faster, make it express.", "I need my order faster, make it express."),
)


def draw(shop: ShopBuilder, difficulty: int) -> Clause:
    """Draws an express request for an order that has no express slot left; the refusal names what to use instead.

    Args:
        shop: Receives the order.
        difficulty: Makes no difference here.
    """
    order_id = shop.add_order(status="pending", express_full=True)["order_id"]
    phrase, without = _PHRASES[int(shop.rng.integers(len(_PHRASES)))]
    # the refused call is part of the solution: that there is no slot can only be learned by asking for one
    calls = tuple(ToolCall("set_shipping", {"order_id": order_id, "speed": speed}) for speed in _SPEEDS)

    return Clause(
        capability="error_recovery",
        request=phrase.format(order_id),
        calls=calls,
        reply=f"{order_id} now ships priority.",
        request_without_order=without,
    )
