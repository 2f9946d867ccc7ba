"""Cancel orders, or take them back: their status decides."""

from __future__ import annotations

from trace_gym.targets.service_desk.errands.errand import Errand, Job, Write
from trace_gym.targets.service_desk.errands.orders import draw_orders
from trace_gym.targets.service_desk.errands.telling import draw_tell
from trace_gym.targets.service_desk.shop import ShopBuilder

_WRITES = (
    Write("cancel_order", "cancel", "", "{order} is cancelled.", "pending"),
    Write("return_order", "return", "", "{order} is returned.", "delivered"),
)
_PHRASES = {
    "cancel": (
        "Cancel {}.",
        "Please cancel {} if still pending.",
        "I no longer want {}, call it off.",
        "Call off {} unless on the way already.",
    ),
    "return": (
        "Return {}.",
        "I want to send {} back.",
        "Take back {} if delivered already.",
        "Please take {} back in case it is here.",
    ),
}


def draw(shop: ShopBuilder, needs: frozenset[str], count: int, level: int) -> Errand:
    """Draws a cancellation or a return.

    Args:
        shop: Receives the orders.
        needs: The capabilities it needs, precondition verification among them.
        count: Number of orders where it needs several.
        level: Makes no difference here.
    """
    write = _WRITES[int(shop.rng.integers(len(_WRITES)))]
    orders, needs = draw_orders(shop, needs, count, write.needed)
    tell, question = draw_tell(shop, needs)

    return Errand(
        name="close",
        phrase=shop.pick(_PHRASES[write.verb]) + question,
        jobs=tuple(Job(order) for order in orders),
        needs=needs,
        write=write,
        tell=tell,
    )
