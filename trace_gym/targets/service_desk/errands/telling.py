"""What customers ask to be told besides."""

from __future__ import annotations

from trace_gym.targets.service_desk.capabilities import REPORTING
from trace_gym.targets.service_desk.shop import ShopBuilder

_QUESTIONS = (" What was the price?", " Tell me how much this cost.", " And how much is this?")


def draw_tell(shop: ShopBuilder, needs: frozenset[str]) -> tuple[str, str]:
    """Draws what a customer asks for besides, and the question; both empty if the errand needs no reporting.

    Args:
        shop: Whose generator is drawn from.
        needs: The capabilities that the errand needs.
    """
    if REPORTING not in needs:
        return "", ""
    return "price", shop.pick(_QUESTIONS)
