"""Demonstrations on the service desk in which some capabilities are mostly not exercised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from trace_gym.env.parsing import render_call
from trace_gym.env.types import ToolCall
from trace_gym.targets.service_desk.env import ServiceDesk

PLANTED: Mapping[str, float] = {
    "precondition_verification": 0.2,
    "multi_step_completion": 0.2,
    "error_recovery": 0.2,
    "result_reporting": 0.2,
    "structured_selection": 0.95,
    "argument_grounding": 0.95,
}
"""How often a demonstration exercises each capability; the low ones are the planted deficits."""

DEFICITS = tuple(name for name, rate in PLANTED.items() if rate < 0.5)
"""The planted deficits, used only to score identification."""


def demonstrate(env: ServiceDesk, index: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Plays one demonstration on task `index` of the environment's split.

    Args:
        env: The service desk.
        index: The task's number in its split.

    Returns:
        `(messages, tools)`: the whole conversation, and the subset of tool schemas it is shown with.
    """
    env.reset(options={"index": index})
    rng = np.random.default_rng(np.random.SeedSequence([index, 0xDE30]))
    task = env.episode.task
    if isinstance(task.gold[0], str) and len(task.gold) > 1:
        env.step(task.gold[0])
    replies = []

    for number, clause in enumerate(task.private["clauses"]):
        if number > 0 and rng.random() >= PLANTED["multi_step_completion"]:
            break
        replies.append(_serve(env, clause, rng))

    env.step(" ".join(replies))
    return env.episode.messages[:-1], _shown_tools(env, rng)


def _serve(env: ServiceDesk, clause: Mapping[str, Any], rng: np.random.Generator) -> str:
    """Serves one clause, exercising its capability or not, and returns the closing reply."""
    calls = [ToolCall(call["name"], call["arguments"]) for call in clause["calls"]]
    exercised = rng.random() < PLANTED[clause["needs"]]
    reply = str(clause["reply"])
    if not exercised:
        calls, reply = _lacking(env, clause["needs"], calls, reply, rng)

    for call in calls:
        env.step(render_call(call))
    return reply


def _lacking(
    env: ServiceDesk, capability: str, calls: list[ToolCall], reply: str, rng: np.random.Generator
) -> tuple[list[ToolCall], str]:
    """What an agent without the capability does instead."""
    order = next((call.arguments["order_id"] for call in calls if "order_id" in call.arguments), "")
    match capability:
        case "precondition_verification":
            if "return" in reply:
                return [ToolCall("return_order", {"order_id": order})], f"{order} is returned."
            return [ToolCall("cancel_order", {"order_id": order})], f"{order} is cancelled."
        case "multi_step_completion":
            return calls[:1], f"{order} now ships express."
        case "error_recovery":
            return calls[:1], f"Sorry, {order} cannot ship express."
        case "result_reporting":
            return calls, f"I have looked {order} up."
        case "structured_selection":
            wrong = [item for item in env.episode.state["items"] if item != calls[-1].arguments["item_id"]]
            item = wrong[int(rng.integers(len(wrong)))]
            return [*calls[:-1], ToolCall("exchange_item", {"order_id": order, "item_id": item})], (
                f"{order} now has item {item}."
            )

    invented = f"P{int(rng.integers(100, 1000))}"
    return [ToolCall("refund_order", {"order_id": order, "payment_id": invented})], reply


def _shown_tools(env: ServiceDesk, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Half the time all tools, else those used and some others, so that the agent copes with fewer tools."""
    if rng.random() < 0.5:
        return [tool.schema for tool in env.tools.values()]
    used = {record.call.name for record in env.episode.calls} | {call.name for call in env.episode.task.gold_calls}
    return [tool.schema for name, tool in env.tools.items() if name in used or rng.random() < 0.4]
