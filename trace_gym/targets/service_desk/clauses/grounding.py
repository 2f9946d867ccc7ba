"""Use an identifier that only a lookup reveals."""

from __future__ import annotations

from trace_gym.env.types import ToolCall
from trace_gym.targets.service_desk.clauses.clause import Clause
from trace_gym.targets.service_desk.shop import ShopBuilder

_ONE = ("Refund order {} to my account, I am {}.", "I am {1}. Please refund {0}.")
_TWO = ("Refund order {} to my {}, I am {}.", "I am {2}. Please refund {0} to my {1}.")


def draw(shop: ShopBuilder, difficulty: int) -> Clause:
    """Draws a refund to the customer's payment; from difficulty 2 the account holds two and one is named.

    Args:
        shop: Receives the order, and the customer's account.
        difficulty: 1 to 3.
    """
    order = shop.add_order()
    user = shop.add_user(payments=min(difficulty, 2))
    payment = user["payments"][int(shop.rng.integers(len(user["payments"])))]
    choice = int(shop.rng.integers(2))

    if difficulty == 1:
        request = _ONE[choice].format(order["order_id"], user["email"])
    else:
        request = _TWO[choice].format(order["order_id"], payment["kind"], user["email"])

    return Clause(
        capability="argument_grounding",
        request=request,
        calls=(
            ToolCall("get_user", {"email": user["email"]}),
            ToolCall("refund_order", {"order_id": order["order_id"], "payment_id": payment["payment_id"]}),
        ),
        reply=f"{order['order_id']} is refunded.",
    )
