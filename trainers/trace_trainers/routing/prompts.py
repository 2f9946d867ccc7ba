"""Prompts of the emitted environments: what routers are trained and compared on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trace_gym.env.task_indices import TaskIndices
from trace_gym.env.tool_env import ToolEnv
from trace_gym.rollouts.policy import TurnRequest


@dataclass(frozen=True)
class RoutingPrompt:
    """The start of one conversation.

    Example:
        >>> RoutingPrompt([{"role": "user", "content": "Cancel W12."}], []).label
        -1
    """

    messages: list[dict[str, Any]]
    """System message and the user's first message."""
    tools: list[dict[str, Any]]
    """OpenAI function schemas."""
    label: int = -1
    """Number of the capability it belongs to, -1 when unknown."""


def emitted_prompts(envs: Mapping[str, ToolEnv], count: int, *, held_out: bool) -> list[RoutingPrompt]:
    """Draws prompts of each environment; the label is the environment's place.

    Args:
        envs: Emitted environment by capability, in the adapters' order.
        count: Prompts per environment; a finite one may give fewer.
        held_out: Whether to draw those that routers are compared on, or those they learn from.

    Raises:
        UserError: If an environment has too few tasks for both.
    """
    prompts = []
    for label, env in enumerate(envs.values()):
        indices = TaskIndices.of(env)
        chosen = indices.router_hold_out(count) if held_out else indices.router_training(count)
        for index in chosen:
            _, info = env.reset(options={"index": index})
            prompts.append(RoutingPrompt(info["messages"], info["tools"], label))
    return prompts


def digest_of(prompts: Sequence[RoutingPrompt]) -> str:
    """Returns the SHA-256 of prompts and labels, which tells whether a saved router belongs to them.

    Args:
        prompts: What a router was trained on.
    """
    rows = [[prompt.label, prompt.messages] for prompt in prompts]
    text = json.dumps(rows, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def prompt_of(request: TurnRequest) -> RoutingPrompt:
    """Returns the start of a running conversation.

    Args:
        request: An episode that waits for a turn.
    """
    roles = [message["role"] for message in request.messages]
    first_user = roles.index("user") if "user" in roles else len(roles) - 1
    return RoutingPrompt(request.messages[: first_user + 1], request.tools)
