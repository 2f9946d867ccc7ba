"""Ship orders faster: where an order goes decides the speed, and a full one is refused."""

from __future__ import annotations

from trace_gym.targets.service_desk.capabilities import PRECONDITION, RECOVERY
from trace_gym.targets.service_desk.errands.errand import Errand, Job, Write
from trace_gym.targets.service_desk.errands.orders import draw_orders
from trace_gym.targets.service_desk.errands.telling import draw_tell
from trace_gym.targets.service_desk.refusals import draw_refusal
from trace_gym.targets.service_desk.shop import SPARE_SPEEDS, ShopBuilder

SPEED_BY_REGION = {"north": "express", "south": "priority", "abroad": "courier"}
"""As the guidelines have it."""
_BLIND = "express"
"""The speed of an assistant that has not looked where the order goes."""
_DONE = "{order} now ships {value}."
_PHRASES = ("Ship {} faster.", "Please hurry {} up.", "I need {} sooner.", "Speed up {}.")
_CONDITIONS = (" Only if still pending.", " But only when not sent yet.")


def draw(shop: ShopBuilder, needs: frozenset[str], count: int, level: int) -> Errand:
    """Draws a wish for faster shipping.

    Args:
        shop: Receives the orders, and the refusal that error recovery is about.
        needs: The capabilities it needs.
        count: Number of orders where it needs several.
        level: Makes no difference here.
    """
    needed = ""
    phrase = shop.pick(_PHRASES)
    if PRECONDITION in needs:
        needed = "pending"
        phrase += shop.pick(_CONDITIONS)

    orders, needs = draw_orders(shop, needs, count, needed)
    jobs: list[Job] = []
    is_refused = RECOVERY not in needs
    for order in orders:
        speed = SPEED_BY_REGION[order["region"]]
        refusal = None
        # the first that may ship at all is the one that is refused
        if not is_refused and needed in ("", order["status"]):
            remedy, other = shop.shuffled(SPARE_SPEEDS)
            refusal = draw_refusal(shop, order["order_id"], speed, remedy, other)
            is_refused = True
        jobs.append(Job(order, speed, _BLIND, refusal))

    tell, question = draw_tell(shop, needs)
    write = Write("set_shipping", "speed up", "speed", _DONE, needed)
    return Errand("ship", phrase + question, tuple(jobs), needs, write, tell=tell)
