"""Prompts of the emitted environments, which routers are trained and compared on."""

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
    """Returns prompts of each environment, labelled by the environment's place in `envs`.

    Args:
        envs: Emitted environment by capability, in the adapters' order.
        count: Prompts per environment; a finite environment may give fewer.
        held_out: Whether to draw the prompts that routers are compared on, or those they learn from.

    Raises:
        UserError: If an environment has too few tasks for both.
    """
    prompts = []
    for label, env in enumerate(envs.values()):
        indices = TaskIndices.of(env)
        if held_out:
            chosen = indices.router_hold_out(count)
        else:
            chosen = indices.router_training(count)

        for index in chosen:
            _, info = env.reset(options={"index": index})
            prompts.append(RoutingPrompt(info["messages"], info["tools"], label))
    return prompts


def digest_of(prompts: Sequence[RoutingPrompt]) -> str:
    """Returns the SHA-256 of prompts and labels, by which a saved router is recognized as trained on them.

    Args:
        prompts: The prompts that a router was trained on.
    """
    rows = [[prompt.label, prompt.messages] for prompt in prompts]
    text = json.dumps(rows, sort_keys=True, ensure_ascii=False)
    # texts from logs may hold lone surrogates, which UTF-8 alone refuses to encode
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def prompt_of(request: TurnRequest) -> RoutingPrompt:
    """Returns the start of a running conversation.

    Args:
        request: An episode that waits for a turn.
    """
    # only the first user message: routers are trained on the starts of conversations
    for place, message in enumerate(request.messages):
        if message["role"] == "user":
            return RoutingPrompt(request.messages[: place + 1], request.tools)
    return RoutingPrompt(request.messages[:], request.tools)
