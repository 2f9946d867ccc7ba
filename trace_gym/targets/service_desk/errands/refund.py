"""Refund orders to a payment of the customer's account, which only a look-up reveals."""

from __future__ import annotations

from trace_gym.env.types import ToolCall
from trace_gym.targets.service_desk.capabilities import PRECONDITION, RECOVERY
from trace_gym.targets.service_desk.errands.errand import Errand, Job, Write
from trace_gym.targets.service_desk.errands.orders import draw_orders
from trace_gym.targets.service_desk.errands.telling import draw_tell
from trace_gym.targets.service_desk.refusals import Refusal, draw_refusal
from trace_gym.targets.service_desk.shop import PAYMENTS, ShopBuilder

_PHRASES = (
    "Refund {{}}{to}, I am {email}.",
    "I am {email}. Please refund {{}}{to}.",
    "Pay {{}} back{to}. I am {email}.",
)
_AS_PAID = 0.5
"""How often no kind is named, so that the order's own record decides."""
_CONDITIONS = (" Only if delivered already.", " But only when it has come.")


def draw(shop: ShopBuilder, needs: frozenset[str], count: int, level: int) -> Errand:
    """Draws a refund, to the kind of payment that is named or to the one that the order was paid with.

    Of either kind, one payment is active and one closed.

    Args:
        shop: Receives the orders, and the customer's account.
        needs: The capabilities it needs, argument grounding among them.
        count: Number of orders where it needs several.
        level: Makes no difference here.
    """
    user = shop.add_user()
    payment_by_kind: dict[str, str] = {}
    for payment in user["payments"]:
        if payment["state"] == "active":
            payment_by_kind[payment["kind"]] = str(payment["payment_id"])
    named = ""
    to = ""
    if not shop.chance(_AS_PAID):
        named = shop.pick(PAYMENTS)
        to = f" to my {named}"
    phrase = shop.pick(_PHRASES).format(to=to, email=user["email"])
    needed = ""
    if PRECONDITION in needs:
        needed = "delivered"
        phrase += shop.pick(_CONDITIONS)

    jobs: list[Job] = []
    is_refused = RECOVERY not in needs
    orders, needs = draw_orders(shop, needs, count, needed)
    for order in orders:
        payment_id = payment_by_kind[named or order["paid"]]
        refusal: Refusal | None = None
        if not is_refused and needed in ("", order["status"]):
            remedy = next(other for other in payment_by_kind.values() if other != payment_id)
            closed = shop.pick([str(row["payment_id"]) for row in user["payments"] if row["state"] == "closed"])
            refusal = draw_refusal(shop, order["order_id"], payment_id, remedy, closed)
            is_refused = True
        jobs.append(Job(order, payment_id, shop.identifier("P"), refusal))

    tell, question = draw_tell(shop, needs)
    return Errand(
        name="refund",
        phrase=phrase + question,
        jobs=tuple(jobs),
        needs=needs,
        write=Write("refund_order", "refund", "payment_id", "{order} is refunded to {value}.", needed),
        reveal=ToolCall("get_user", {"email": user["email"]}),
        tell=tell,
    )
