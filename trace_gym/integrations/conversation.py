"""One episode driven call by call, for libraries that parse the assistant's turns themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from trace_gym.env.tool_env import ToolEnv

OVER = "Error: the conversation is over; nothing that is called or said now counts."


class Conversation:
    """An environment's current episode; after its end nothing reaches the environment any more.

    Example:
        >>> from trace_gym import make_env
        >>> conversation = Conversation(make_env("trace/ServiceDesk-v0"))
        >>> request = conversation.begin(seed=0)
        >>> conversation.over, conversation.reward
        (False, 0.0)
    """

    def __init__(self, env: ToolEnv) -> None:
        """Starts no episode yet.

        Args:
            env: A bare environment (`trace_gym.make_env`), played by this object alone.
        """
        self.env = env
        self.over = True
        """Whether the episode has ended, or none has begun."""
        self.reward = 0.0
        """What the episode has paid, in [0, 1]."""
        self.info: dict[str, Any] = {}
        """The newest `info`."""

    def begin(self, *, seed: int | None = None, index: int | None = None) -> str:
        """Starts an episode and returns the user's first message.

        Args:
            seed: Chooses the task; the same seed is the same task.
            index: The task's number in the split, which wins over `seed`.
        """
        options = None
        if index is not None:
            # rows of a dataset hold numpy numbers, which a reset would refuse
            options = {"index": int(index)}
        if seed is not None:
            seed = int(seed)

        request, self.info = self.env.reset(seed=seed, options=options)
        self.over = False
        self.reward = 0.0
        return request

    def call(self, name: str, arguments: Mapping[str, Any]) -> str:
        """Makes one tool call, a turn of its own, and returns the result, or one sentence on what is wrong with it.

        Args:
            name: The tool.
            arguments: Values by argument name.
        """
        # a tag inside a value must not end the call
        body = json.dumps({"name": name, "arguments": dict(arguments)}, default=str).replace("<", "\\u003c")
        return self.say(f"<tool_call>{body}</tool_call>")

    def say(self, turn: str) -> str:
        """Takes one assistant turn as text and returns what is new.

        Args:
            turn: The assistant's turn, as text.
        """
        if self.over:
            # libraries make all calls of a turn, also those after the one that ended the episode
            return OVER
        observation, reward, terminated, truncated, self.info = self.env.step(turn)
        self.reward += reward
        self.over = terminated or truncated
        return observation

    def finish(self) -> float:
        """Says nothing until the episode is over, and returns what it paid."""
        while not self.over:
            self.say("")
        return self.reward
