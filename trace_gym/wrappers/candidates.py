"""Picks one of finitely many turns, for policies with discrete actions."""

from __future__ import annotations

import json
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Discrete
from gymnasium.utils import RecordConstructorArgs

from trace_gym.env.parsing import render_call
from trace_gym.env.types import Json, ToolCall


class CandidateActions(gym.Wrapper[str, Any, str, Any], RecordConstructorArgs):
    """The action is the number of a candidate: the task's candidate calls, then its candidate messages.

    Example:
        >>> from trace_gym import make_env
        >>> env = CandidateActions(make_env("trace/ServiceDesk-v0"), size=64)
        >>> observation, info = env.reset(seed=0)
        >>> info["action_mask"].shape, len(info["candidates"]) <= 64
        ((64,), True)

    `info["action_mask"]`, int8 of shape (size,), is 1 for candidates made of nothing but what the conversation has
    named so far; `info["candidates"]` lists them as text. A number without a candidate is an empty turn. The candidates
    of a task never change, and their order tells nothing about the solution.
    """

    def __init__(self, env: gym.Env[str, str], size: int = 64) -> None:
        """Wraps a tool environment.

        Args:
            env: A `ToolEnv`, wrapped or not, whose action is text.
            size: The number of actions; a task with more candidates is refused at `reset`.

        Raises:
            ValueError: If `size` is below 1.
        """
        if size < 1:
            raise ValueError(f"size must be >= 1, got {size}.")
        RecordConstructorArgs.__init__(self, size=size)
        gym.Wrapper.__init__(self, env)
        self.action_space = Discrete(size)
        self._size = size
        self._turns: list[str] = []

        self._words: list[list[str]] = []

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Starts an episode.

        Args:
            seed: As in `Env.reset`.
            options: As in `Env.reset`.

        Raises:
            ValueError: If the task has more candidates than there are actions.
        """
        observation, info = self.env.reset(seed=seed, options=options)
        calls: list[ToolCall] = self.env.get_wrapper_attr("candidate_calls")()
        messages: list[str] = self.env.get_wrapper_attr("candidate_messages")()
        if len(calls) + len(messages) > self._size:
            raise ValueError(
                f"The task has {len(calls) + len(messages)} candidates and there are {self._size} actions; raise size."
            )

        self._turns = [render_call(call) for call in calls] + messages
        self._words = [_words(call) for call in calls]
        facts = [fact.value for fact in self.env.get_wrapper_attr("episode").task.facts]
        for message in messages:
            # a message may only tell what the conversation has brought up
            self._words.append([fact for fact in facts if fact in message])

        return observation, self._described(info)

    def step(self, action: np.int64) -> tuple[str, Any, bool, bool, dict[str, Any]]:
        """Plays the candidate with that number.

        Args:
            action: The candidate's number.
        """
        number = int(action)
        if 0 <= number < len(self._turns):
            turn = self._turns[number]
        else:
            turn = ""
        observation, reward, terminated, truncated, info = self.env.step(turn)
        return observation, reward, terminated, truncated, self._described(info)

    def action_masks(self) -> np.ndarray:
        """Returns the mask as bool of shape (size,), under the name that sb3-contrib looks for."""
        return self._mask(self.env.get_wrapper_attr("episode").messages).astype(bool)

    def _described(self, info: dict[str, Any]) -> dict[str, Any]:
        return {**info, "action_mask": self._mask(info["messages"]), "candidates": list(self._turns)}

    def _mask(self, messages: list[dict[str, Json]]) -> np.ndarray:
        heard = "\n".join(str(message["content"]) for message in messages if message["role"] != "assistant")
        mask = np.zeros(self._size, dtype=np.int8)
        for number, words in enumerate(self._words):
            mask[number] = all(word in heard for word in words)
        return mask


def _words(call: ToolCall) -> list[str]:
    """The identifiers a call is made of; other values are free to use."""
    identifiers = []
    for value in call.arguments.values():
        text = value
        if not isinstance(value, str):
            text = json.dumps(value)
        if any(map(str.isdigit, text)):
            identifiers.append(text)
    return identifiers
