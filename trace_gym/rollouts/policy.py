"""What a policy is to the rollout loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.types import Json


@dataclass
class TurnRequest:
    """One episode waiting for its next assistant turn.

    Example:
        >>> from trace_gym import make_env
        >>> env = make_env("trace/ServiceDesk-v0")
        >>> _, info = env.reset(seed=0)
        >>> TurnRequest(0, info["messages"], info["tools"], np.random.default_rng(0), env).messages[-1]["role"]
        'user'
    """

    key: int
    """Identifies the episode among those played together; the same in each of its turns."""
    messages: list[dict[str, Json]]
    """The conversation so far."""
    tools: list[dict[str, Json]]
    """OpenAI function schemas."""
    rng: np.random.Generator
    """The episode's own generator; all sampling comes from it."""
    env: ToolEnv
    """The environment, for privileged policies (oracle, random) only."""


class Stateless:
    """The part of `Policy` that one without adapters, and without memory of an episode, can take over.

    Example:
        >>> class Polite(Stateless):
        ...     policy_id = "polite"
        ...
        ...     def act(self, requests):
        ...         return ["With pleasure." for _ in requests]
        >>> Polite().adapter_of(0)
        ''
    """

    def adapter_of(self, key: int) -> str:
        """Returns the empty name: there are no adapters.

        Args:
            key: The episode.
        """
        return ""

    def finish(self, keys: Sequence[int]) -> None:
        """Does nothing: nothing is kept for an episode.

        Args:
            keys: Episodes that are over.
        """


class Policy(Protocol):
    """Acts in many episodes at once.

    Responsibilities: `act` returns one turn per request, in order. It must depend on nothing but the requests' own
    contents and generators, so that results do not change with the batch an episode happens to be in. It never raises
    for an individual episode's content; what it raises ends the collection.

    Example:
        >>> from trace_gym.rollouts.scripted import SilentPolicy
        >>> policy: Policy = SilentPolicy()
        >>> policy.act([])
        []
    """

    policy_id: str

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        """Returns the assistant's next turn for each request.

        Args:
            requests: Episodes that wait for a turn.
        """
        ...

    def adapter_of(self, key: int) -> str:
        """Returns the adapter that serves an episode, empty for the base.

        Args:
            key: The episode.
        """
        ...

    def finish(self, keys: Sequence[int]) -> None:
        """Drops what is kept for episodes that are over.

        Args:
            keys: Episodes that are over.
        """
        ...


class Wrapped:
    """The part of `Policy` that a policy around another one can take over; `act` is what it adds.

    Example:
        >>> from trace_gym.rollouts.scripted import SilentPolicy
        >>> Wrapped(SilentPolicy()).policy_id
        'silent'
    """

    def __init__(self, policy: Policy) -> None:
        """Wraps a policy.

        Args:
            policy: Acts.
        """
        self.policy_id = policy.policy_id
        self.policy = policy

    def adapter_of(self, key: int) -> str:
        """Returns the adapter that serves an episode.

        Args:
            key: The episode.
        """
        return self.policy.adapter_of(key)

    def finish(self, keys: Sequence[int]) -> None:
        """Forgets finished episodes.

        Args:
            keys: Episodes that are over.
        """
        self.policy.finish(keys)
