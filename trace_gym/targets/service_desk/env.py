"""`trace/ServiceDesk-v0`: eight tools over users, orders, items with stock, and payments; written guidelines."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from trace_gym.env.episode import CallRecord
from trace_gym.env.reward import RewardRule
from trace_gym.env.reward_terms import reward_term
from trace_gym.env.task import Task
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.tools import tool
from trace_gym.env.types import Json
from trace_gym.errors import ToolError
from trace_gym.targets.service_desk.conduct import is_to_the_point, looked_first
from trace_gym.targets.service_desk.refusals import key
from trace_gym.targets.service_desk.tasks import draw_task

State = dict[str, Json]

_SHOWN = ("status", "region", "buyer", "net", "gross", "paid", "shipping")
"""What a look-up of an order shows."""


class ServiceDesk(ToolEnv):
    """A customer-service desk; every task privately records which one to four of six capabilities it needs.

    Example:
        >>> env = ServiceDesk(split="train")
        >>> request, info = env.reset(seed=0)
        >>> for turn in env.oracle():
        ...     _, reward, terminated, _, _ = env.step(turn)
        >>> reward, terminated
        (1.0, True)
    """

    system_prompt = (Path(__file__).parent / "guidelines.txt").read_text(encoding="utf-8").strip()
    # all or nothing: a part that paid by itself could be earned by a policy that serves nobody
    reward_rule = RewardRule(joint=1.0)

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        """Draws one task; see `trace_gym.targets.service_desk.tasks`.

        Args:
            rng: The task's own generator; all randomness comes from it.
            split: The split whose identifiers are used.
            difficulty: 1 to 3.
        """
        return draw_task(rng, split, difficulty)

    @reward_term()
    def looked_first(self, calls: list[CallRecord]) -> bool:
        """Returns whether every order was looked up before it was changed, as the guidelines want.

        Args:
            calls: What was called, in order.
        """
        return looked_first(calls)

    @reward_term()
    def to_the_point(self, said: list[str], task: Task) -> bool:
        """Returns whether nothing was told that nobody had asked for, as the guidelines want.

        Args:
            said: The messages to the customer.
            task: The problem.
        """
        return is_to_the_point(said, task.private["asked"], task.state["orders"])

    @tool(kind="read")
    def get_user(self, state: State, email: str) -> Json:
        """Get a user's payments.

        Args:
            email: the user's e-mail
        """
        if email not in state["users"]:
            raise ToolError(f"no user {email}.")
        payments: Json = state["users"][email]["payments"]
        return payments

    @tool(kind="read")
    def get_order(self, state: State, order_id: str) -> Json:
        """Get an order's record.

        Args:
            order_id: like W12
        """
        order = _order(state, order_id)
        return {name: order[name] for name in _SHOWN}

    @tool(kind="read")
    def list_items(self, state: State, kind: str) -> Json:
        """List the items of a kind with price and stock.

        Args:
            kind: like lamp
        """
        items_of_kind = []
        for item in state["items"].values():
            if item["kind"] == kind:
                # the identifier last: whoever reads on from a row that fits reads it next
                items_of_kind.append({name: item[name] for name in ("color", "stock", "price", "item_id")})

        if not items_of_kind:
            raise ToolError(f"no items of kind {kind}.")
        return items_of_kind

    @tool(kind="write")
    def cancel_order(self, state: State, order_id: str) -> Json:
        """Cancel an order.

        Args:
            order_id: like W12
        """
        return _change(state, order_id, status="cancelled")

    @tool(kind="write")
    def return_order(self, state: State, order_id: str) -> Json:
        """Take an order back.

        Args:
            order_id: like W12
        """
        return _change(state, order_id, status="returned")

    @tool(kind="write")
    def set_shipping(
        self, state: State, order_id: str, speed: Literal["express", "priority", "courier", "van", "bike"]
    ) -> Json:
        """Set an order's shipping speed.

        Args:
            order_id: like W12
            speed: new speed
        """
        return _change(state, order_id, shipping=speed)

    @tool(kind="write")
    def exchange_item(self, state: State, order_id: str, item_id: str) -> Json:
        """Exchange an order's item for another.

        Args:
            order_id: like W12
            item_id: new, like I12
        """
        if item_id not in state["items"]:
            raise ToolError(f"no item {item_id}.")
        return _change(state, order_id, item_id=item_id)

    @tool(kind="write")
    def refund_order(self, state: State, order_id: str, payment_id: str) -> Json:
        """Refund an order.

        Args:
            order_id: like W12
            payment_id: like P12
        """
        # anybody's payment is accepted: that it must be the user's own is for the policy to heed, and for the reward
        payment_ids: list[str] = []
        for user in state["users"].values():
            payment_ids += [payment["payment_id"] for payment in user["payments"]]

        if payment_id not in payment_ids:
            raise ToolError(f"no payment {payment_id}.")
        return _change(state, order_id, refunded_to=payment_id)


def _order(state: State, order_id: str) -> dict[str, Json]:
    """Looks an order up; a number that does not exist is refused."""
    if order_id not in state["orders"]:
        raise ToolError(f"no order {order_id}.")
    order: dict[str, Json] = state["orders"][order_id]
    return order


def _change(state: State, order_id: str, **fields: Json) -> Json:
    """Writes fields of an order, whatever its status: the guidelines are for the policy to follow."""
    order = _order(state, order_id)
    for value in fields.values():
        refusal = state["refusals"].get(key(order_id, value))
        # the refusal names the way out, which is what error recovery is about
        if refusal is not None:
            raise ToolError(refusal)
    order.update(fields)
    return {"order_id": order_id, **fields}
