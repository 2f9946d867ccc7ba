"""Prompts of the emitted environments: what routers are trained and compared on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trace_gym.env.tool_env import ToolEnv
from trace_gym.rollouts.policy import TurnRequest

HELD_OUT = 500_000
"""Task indices from here on are kept from router training."""


@dataclass(frozen=True)
class RoutingPrompt:
    """The start of one conversation."""

    messages: list[dict[str, Any]]
    """System message and the user's first message."""
    tools: list[dict[str, Any]]
    """OpenAI function schemas."""
    label: int = -1
    """Number of the capability it belongs to, -1 when unknown."""


def emitted_prompts(envs: Mapping[str, ToolEnv], count: int, *, held_out: bool) -> list[RoutingPrompt]:
    """Draws `count` prompts of each environment, in the order of `envs`; the label is the environment's place."""
    start = HELD_OUT if held_out else 0
    found = []
    for label, env in enumerate(envs.values()):
        for index in range(start, start + count):
            _, info = env.reset(options={"index": index})
            found.append(RoutingPrompt(info["messages"], info["tools"], label))
    return found


def prompt_of(request: TurnRequest) -> RoutingPrompt:
    """The start of a running conversation."""
    first = next((i for i, m in enumerate(request.messages) if m["role"] == "user"), len(request.messages) - 1)
    return RoutingPrompt(request.messages[: first + 1], request.tools)
