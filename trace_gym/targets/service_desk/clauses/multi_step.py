"""Do the same for several orders: finish all of what was asked."""

from __future__ import annotations

from trace_gym.env.types import ToolCall
from trace_gym.targets.service_desk.clauses.clause import Clause
from trace_gym.targets.service_desk.shop import ShopBuilder

_PHRASES = ("Ship orders {} by express.", "Please send {} with express shipping.")


def draw(shop: ShopBuilder, difficulty: int) -> Clause:
    """Draws an express request for two or three orders, up to two more at higher difficulty.

    Args:
        shop: Gets the records that the clause needs.
        difficulty: The level, from 1 up.
    """
    count = 1 + difficulty + int(shop.rng.integers(2))
    orders = [shop.add_order(status="pending")["order_id"] for _ in range(count)]
    listed = ", ".join(orders[:-1]) + " and " + orders[-1]
    return Clause(
        capability="multi_step_completion",
        request=_PHRASES[int(shop.rng.integers(len(_PHRASES)))].format(listed),
        calls=tuple(ToolCall("set_shipping", {"order_id": order, "speed": "express"}) for order in orders),
        reply="All of them now ship express.",
    )
