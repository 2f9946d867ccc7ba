"""Tell what a look-up returned, and nothing else."""

from __future__ import annotations

from trace_gym.targets.service_desk.errands.errand import Errand, Job
from trace_gym.targets.service_desk.errands.orders import draw_orders
from trace_gym.targets.service_desk.shop import ShopBuilder

_PHRASES = {
    "price": ("What was the price of {}?", "How much was {}?", "Tell me the cost of {}."),
    "status": ("How far along: {}?", "What has become of {}?"),
}
_PRICE = 0.7
"""How often it is the price that is asked for, which takes a second look at the record."""


def draw(shop: ShopBuilder, needs: frozenset[str], count: int, level: int) -> Errand:
    """Draws a question about a field of one order or several.

    Args:
        shop: Receives the orders.
        needs: The capabilities it needs, result reporting among them.
        count: Number of orders where it needs several.
        level: Makes no difference here.
    """
    field = "status"
    if shop.chance(_PRICE):
        field = "price"
    orders, needs = draw_orders(shop, needs, count, "")
    phrase = shop.pick(_PHRASES[field])
    return Errand("ask", phrase, tuple(Job(order) for order in orders), needs, tell=field)
