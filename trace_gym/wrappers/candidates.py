"""Discrete actions: the number of one of finitely many turns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Discrete
from gymnasium.utils import RecordConstructorArgs

from trace_gym.env.parsing import render_call
from trace_gym.env.types import Json, ToolCall


class CandidateActions(gym.Wrapper[str, Any, str, Any], RecordConstructorArgs):
    """The action is the number of a candidate: the task's candidate calls come first, then its candidate messages.

    `info["action_mask"]`, int8 of shape `(size,)`, is 1 for the candidates whose identifiers the user or a tool has
    named so far; `info["candidates"]` lists the candidates as text. A number without a candidate is an empty turn. The
    candidates stay the same during an episode, and their order tells nothing about the solution.

    Example:
        >>> from trace_gym import make_env
        >>> env = CandidateActions(make_env("trace/ServiceDesk-v0"))
        >>> _, info = env.reset(seed=0)
        >>> done = info["candidates"].index("Done.")
        >>> info["action_mask"].shape, int(info["action_mask"][done])
        ((96,), 1)
        >>> observation, reward, terminated, *_ = env.step(np.int64(done))
        >>> reward, terminated
        (0.0, True)
    """

    def __init__(self, env: gym.Env[str, str], size: int = 96) -> None:
        """Wraps a tool environment.

        Args:
            env: A `ToolEnv`, wrapped or not, whose action is text.
            size: The number of actions, >= 1; `reset` refuses a task with more candidates than that.

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
        self._identifiers: list[list[str]] = []

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
        count = len(calls) + len(messages)
        if count > self._size:
            raise ValueError(f"The task has {count} candidates, more than the {self._size} actions; raise size.")

        task = self.env.get_wrapper_attr("episode").task
        facts = [fact.value for fact in task.facts]
        self._turns = []
        self._identifiers = []
        for call in calls:
            self._turns.append(render_call(call))
            self._identifiers.append(_identifiers(call))
        for message in messages:
            self._turns.append(message)
            self._identifiers.append(_mentioned(facts, message))
        return observation, self._with_candidates(info)

    def step(self, action: np.int64) -> tuple[str, Any, bool, bool, dict[str, Any]]:
        """Takes the turn with that number.

        Args:
            action: The candidate's number, 0 to `size - 1`.
        """
        number = int(action)
        turn = ""
        if 0 <= number < len(self._turns):
            turn = self._turns[number]

        observation, reward, terminated, truncated, info = self.env.step(turn)
        return observation, reward, terminated, truncated, self._with_candidates(info)

    def action_masks(self) -> np.ndarray:
        """Returns the mask as bool of shape `(size,)`, under the name that sb3-contrib looks for."""
        return self._mask(self.env.get_wrapper_attr("episode").messages).astype(bool)

    def _with_candidates(self, info: dict[str, Any]) -> dict[str, Any]:
        return {**info, "action_mask": self._mask(info["messages"]), "candidates": list(self._turns)}

    def _mask(self, messages: list[dict[str, Json]]) -> np.ndarray:
        # the assistant's own words do not count: an identifier it guessed would unmask itself
        contents = [str(message["content"]) for message in messages if message["role"] != "assistant"]
        heard = "\n".join(contents)

        mask = np.zeros(self._size, dtype=np.int8)
        for number, identifiers in enumerate(self._identifiers):
            mask[number] = all(identifier in heard for identifier in identifiers)
        return mask


def _identifiers(call: ToolCall) -> list[str]:
    """The arguments of a call that must have been named before it makes sense."""
    identifiers = []
    for value in call.arguments.values():
        text = value
        if not isinstance(value, str):
            text = json.dumps(value)
        # only what has a digit is looked up in a conversation; words such as "express" come from the schema
        if any(character.isdigit() for character in text):
            identifiers.append(text)
    return identifiers


def _mentioned(facts: Sequence[str], message: str) -> list[str]:
    """The facts a message states, which the agent cannot tell before it has learned them."""
    return [fact for fact in facts if fact in message]
