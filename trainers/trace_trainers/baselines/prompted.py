"""Agents whose system message says more: whether they read it at all, and the policy that adds to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from trace_gym.env.types import Json
from trace_gym.rollouts.policy import Policy, TurnRequest, Wrapped
from trace_trainers.engine.chat import ChatRenderer

NOT_APPLICABLE = "not applicable: reads no prompts"
"""The reason where a method that writes prompts meets an agent that does not see them."""


def reads_prompts(tokenizer: Any) -> bool:
    """Returns whether what an agent is fed depends on its system message.

    Args:
        tokenizer: The agent's tokenizer, with its chat template.

    Example:
        >>> from trace_trainers.policies.loading import load_tokenizer
        >>> reads_prompts(load_tokenizer("tiny"))
        False
    """
    renderer = ChatRenderer(tokenizer)
    user = {"role": "user", "content": "Hello"}
    fed = []
    for text in ("Answer in one word.", "Tell a story."):
        fed.append(renderer.prompt([{"role": "system", "content": text}, user], []))
    return fed[0] != fed[1]


class PromptedPolicy(Wrapped):
    """Adds a text to the system message of every conversation, and lets another policy act.

    Example:
        >>> class Echo:
        ...     policy_id = "echo"
        ...     def act(self, requests):
        ...         return [request.messages[0]["content"] for request in requests]
        >>> from trace_gym import make_env
        >>> env = make_env("trace/ServiceDesk-v0")
        >>> _, info = env.reset(seed=0)
        >>> import numpy as np
        >>> request = TurnRequest(0, info["messages"], [], np.random.default_rng(0), env)
        >>> PromptedPolicy(Echo(), "Be kind.").act([request])[0].endswith("Be kind.")
        True
    """

    def __init__(self, policy: Policy, text: str) -> None:
        """Wraps a policy.

        Args:
            policy: Acts.
            text: What is added; empty adds nothing.
        """
        super().__init__(policy)
        self._text = text

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        """Returns the next turn of each request.

        Args:
            requests: Episodes that wait for a turn.
        """
        if not self._text:
            return self.policy.act(requests)
        told = []
        for request in requests:
            told.append(dataclasses.replace(request, messages=with_text(request.messages, self._text)))
        return self.policy.act(told)


def with_text(messages: Sequence[dict[str, Json]], text: str) -> list[dict[str, Json]]:
    r"""Returns a conversation whose system message ends with a text; one without gets it as its first message.

    Args:
        messages: The conversation.
        text: The text.

    Example:
        >>> with_text([{"role": "system", "content": "You help."}], "Be kind.")
        [{'role': 'system', 'content': 'You help.\n\nBe kind.'}]
    """
    if messages and messages[0]["role"] == "system":
        first = {**messages[0], "content": f"{messages[0]['content']}\n\n{text}"}
        return [first, *messages[1:]]
    return [{"role": "system", "content": text}, *messages]
