"""Orders of an errand: how many, and in which status."""

from __future__ import annotations

from trace_gym.env.types import Json
from trace_gym.targets.service_desk.capabilities import GROUNDING, MULTI_STEP, PRECONDITION, RECOVERY, SELECTION
from trace_gym.targets.service_desk.shop import STATUSES, ShopBuilder

_FORBIDDEN = 0.5
"""How often an order's status forbids what is asked, where that has to be verified."""


def draw_orders(
    shop: ShopBuilder, needs: frozenset[str], count: int, needed: str
) -> tuple[list[dict[str, Json]], frozenset[str]]:
    """Adds the orders of an errand, and returns them with what the errand needs after all.

    Where every order forbids the change, nothing that the change would take is decisive any more.

    Args:
        shop: Receives them.
        needs: The capabilities that the errand is to need.
        count: How many orders there are if the errand needs multi-step completion; else there is one.
        needed: The status that the errand asks for; empty if any will do.
    """
    if MULTI_STEP not in needs:
        count = 1

    orders: list[dict[str, Json]] = []
    for _ in range(count):
        status = ""
        if needed:
            status = needed
        if PRECONDITION in needs and shop.chance(_FORBIDDEN):
            status = shop.pick([other for other in STATUSES if other != needed])
        orders.append(shop.add_order(status))

    if needed and all(order["status"] != needed for order in orders):
        needs -= {SELECTION, GROUNDING, RECOVERY}
    return orders, needs
