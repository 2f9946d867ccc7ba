"""Demonstrations on the service desk in which some capabilities are mostly not exercised.

An agent trained on them lacks the planted capabilities, so there is a truth that identification can be scored against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

_STREAM = 0xDE30
"""Keeps these draws apart from those of the task itself, which are seeded with its index too."""


def demonstrate(env: ServiceDesk, index: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Plays one demonstration on task `index` of the environment's split.

    Args:
        env: The service desk.
        index: The task's number in its split.

    Returns:
        `(messages, tools)`: the whole conversation, and the subset of tool schemas it is shown with.

    Example:
        >>> from trace_gym import make_env
        >>> messages, tools = demonstrate(make_env("trace/ServiceDesk-v0", split="demo"), 0)
        >>> messages[0]["role"], messages[-1]["role"], tools[0]["type"]
        ('system', 'assistant', 'function')
    """
    env.reset(options={"index": index})
    rng = np.random.default_rng(np.random.SeedSequence([index, _STREAM]))

    # where the request withholds the order, every solution begins by asking for it
    task = env.episode.task
    if isinstance(task.gold[0], str) and len(task.gold) > 1:
        env.step(task.gold[0])

    replies = []
    for number, clause in enumerate(task.private["clauses"]):
        if number > 0 and rng.random() >= PLANTED["multi_step_completion"]:
            break
        replies.append(_serve(env, clause, rng))

    # the last message is the user's closing one, which no agent has to learn
    env.step(" ".join(replies))
    return env.episode.messages[:-1], _shown_tools(env, rng)


def _serve(env: ServiceDesk, clause: Mapping[str, Any], rng: np.random.Generator) -> str:
    """Serves one clause, exercising its capability or not, and returns the closing reply."""
    calls = [ToolCall(call["name"], call["arguments"]) for call in clause["calls"]]
    reply = str(clause["reply"])
    if rng.random() >= PLANTED[clause["needs"]]:
        calls, reply = _lacking(env, clause["needs"], calls, reply, rng)

    for call in calls:
        env.step(render_call(call))
    return reply


def _lacking(
    env: ServiceDesk, capability: str, calls: list[ToolCall], reply: str, rng: np.random.Generator
) -> tuple[list[ToolCall], str]:
    """Returns the calls and the reply of an agent without the capability."""
    order = _order_of(calls)
    match capability:
        case "precondition_verification":
            return _unchecked(order, reply)
        case "multi_step_completion":
            return calls[:1], f"{order} now ships express."
        case "error_recovery":
            return calls[:1], f"Sorry, {order} cannot ship express."
        case "result_reporting":
            return calls, f"I have looked {order} up."
        case "structured_selection":
            return _wrong_item(env, order, calls, rng)

    # what is left is argument_grounding
    invented = f"P{int(rng.integers(100, 1000))}"
    return [ToolCall("refund_order", {"order_id": order, "payment_id": invented})], reply


def _order_of(calls: Sequence[ToolCall]) -> str:
    """Returns the order that the first call with one is about; empty if there is none."""
    for call in calls:
        if "order_id" in call.arguments:
            return str(call.arguments["order_id"])
    return ""


def _unchecked(order: str, reply: str) -> tuple[list[ToolCall], str]:
    """Changes the order at once, without reading its status."""
    # the right reply names the change even where the status forbids it
    if "return" in reply:
        return [ToolCall("return_order", {"order_id": order})], f"{order} is returned."
    return [ToolCall("cancel_order", {"order_id": order})], f"{order} is cancelled."


def _wrong_item(
    env: ServiceDesk, order: str, calls: list[ToolCall], rng: np.random.Generator
) -> tuple[list[ToolCall], str]:
    """Looks the items up as the solution does, and then takes another one."""
    others = list(env.episode.state["items"])
    others.remove(calls[-1].arguments["item_id"])
    item = others[int(rng.integers(len(others)))]

    exchange = ToolCall("exchange_item", {"order_id": order, "item_id": item})
    return [*calls[:-1], exchange], f"{order} now has item {item}."


def _shown_tools(env: ServiceDesk, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Returns all tools half the time, else the used ones and some others, so that the agent copes with fewer tools."""
    if rng.random() < 0.5:
        return list(env.schemas)

    # the solution's tools too, or a deficit could be put down to a missing tool
    used = set()
    for record in env.episode.calls:
        used.add(record.call.name)
    for call in env.episode.task.gold_calls:
        used.add(call.name)

    shown = []
    for name, tool in env.tools.items():
        if name in used or rng.random() < 0.4:
            shown.append(tool.schema)
    return shown
