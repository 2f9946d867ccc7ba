"""Do the same for several orders: finish all of what was asked."""

from __future__ import annotations

from trace_gym.env.types import ToolCall
from trace_gym.targets.service_desk.clauses.clause import Clause
from trace_gym.targets.service_desk.shop import ShopBuilder

_PHRASES = ("Ship orders {} by express.", "Please send {} with express shipping.")


def draw(shop: ShopBuilder, difficulty: int) -> Clause:
    """Draws an express request for two or three orders, up to two more at higher difficulty.

    Args:
        shop: Receives two to five orders.
        difficulty: 1 to 3.
    """
    count = 1 + difficulty + int(shop.rng.integers(2))
    order_ids: list[str] = []
    calls: list[ToolCall] = []
    for _ in range(count):
        order_id = shop.add_order(status="pending")["order_id"]
        order_ids.append(order_id)
        calls.append(ToolCall("set_shipping", {"order_id": order_id, "speed": "express"}))

    listed = ", ".join(order_ids[:-1]) + " and " + order_ids[-1]
    # no `request_without_order`: a user who withholds the number is asked for one order, not for several
    return Clause(
        capability="multi_step_completion",
        request=_PHRASES[int(shop.rng.integers(len(_PHRASES)))].format(listed),
        calls=tuple(calls),
        reply="All of them now ship express.",
    )
