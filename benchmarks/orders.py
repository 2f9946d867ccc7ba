"""One task for all: read an order out of fifty, by a tool with one checked argument."""

from __future__ import annotations

from typing import Any

import numpy as np

from trace_gym import Task, ToolCall, ToolEnv, ToolError, tool

ORDERS = {f"W{i}": {"status": "pending", "item": f"lamp {i}", "total": 10 + i} for i in range(50)}
CALLS = 10
"""Tool calls an episode."""


class OrdersEnv(ToolEnv):
    """Ours."""

    system_prompt = "Look orders up."
    max_turns = CALLS + 1

    @tool(kind="read")
    def get_order(self, state: dict[str, Any], order_id: str) -> dict[str, Any]:
        """Get an order.

        Args:
            order_id: like W12
        """
        if order_id not in state["orders"]:
            raise ToolError(f"no order {order_id}.")
        return {"order_id": order_id, **state["orders"][order_id]}

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        """Asks for one order."""
        gold = (ToolCall("get_order", {"order_id": "W7"}), "It is pending.")
        return Task("Where is W7?", {"orders": {key: dict(value) for key, value in ORDERS.items()}}, gold)


def text_of(number: int) -> str:
    """The call as a model writes it."""
    return f'<tool_call>{{"name": "get_order", "arguments": {{"order_id": "W{number % 50}"}}}}</tool_call>'
