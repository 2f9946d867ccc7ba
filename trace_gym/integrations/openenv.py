"""OpenEnv: a tool environment as a server that OpenEnv's clients speak to over WebSocket or HTTP."""

from __future__ import annotations

import functools
from typing import Any

from fastapi import FastAPI
from openenv.core.env_server.http_server import create_app
from openenv.core.env_server.interfaces import Environment
from openenv.core.env_server.types import Action, Observation, State
from pydantic import Field

from trace_gym.env.registration import make_env


class TurnAction(Action):
    """The assistant's whole turn."""

    text: str = Field(description="The turn as the model wrote it, tool calls included.")


class TurnObservation(Observation):
    """What is new since the last turn; the system prompt and the tools come with the first."""

    text: str = Field(description="The text that is new.")
    system_prompt: str = Field("", description="After reset: the instructions and the policy.")
    tools: list[dict[str, Any]] = Field(default_factory=list, description="After reset: OpenAI function schemas.")
    reward_terms: dict[str, float] = Field(default_factory=dict, description="At the end: the parts of the reward.")


class TurnState(State):
    """Where the episode stands."""

    index: int = Field(-1, description="The task's number in the split.")
    messages: list[dict[str, Any]] = Field(default_factory=list, description="OpenAI chat messages so far.")


class OpenEnvEnvironment(Environment[TurnAction, TurnObservation, TurnState]):
    """A `ToolEnv` as an OpenEnv environment."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self, env_id: str, **kwargs: Any) -> None:
        """Makes the environment.

        Args:
            env_id: A registered id.
            **kwargs: Arguments of the environment, such as `split` and `difficulty`.

        Raises:
            UserError: If the environment cannot be made.
        """
        super().__init__()
        self._env = make_env(env_id, **kwargs)
        self._messages: list[dict[str, Any]] = []
        self._episode_id: str | None = None

    def reset(self, seed: int | None = None, episode_id: str | None = None, **kwargs: Any) -> TurnObservation:
        """Starts an episode.

        Args:
            seed: Chooses the task.
            episode_id: Kept for `state`.
            **kwargs: Reset options, `index` and `difficulty`.

        Raises:
            ValueError: If an option is unknown or out of range.
        """
        request, info = self._env.reset(seed=seed, options=kwargs)
        self._messages = info["messages"]
        self._episode_id = episode_id
        return TurnObservation(text=request, system_prompt=self._env.system_prompt, tools=info["tools"])

    def step(self, action: TurnAction, timeout_s: float | None = None, **kwargs: Any) -> TurnObservation:
        """Takes one assistant turn.

        Args:
            action: The assistant's turn.
            timeout_s: Unused: a step takes microseconds.
            **kwargs: Unused; part of OpenEnv's signature.

        Raises:
            ResetNeeded: If the episode is over or was never started.
        """
        text, reward, terminated, truncated, info = self._env.step(action.text)
        self._messages = info["messages"]
        return TurnObservation(
            text=text, reward=reward, done=terminated or truncated, reward_terms=info.get("reward_terms", {})
        )

    @property
    def state(self) -> TurnState:
        """The conversation so far."""
        turns = sum(message["role"] == "assistant" for message in self._messages)
        return TurnState(episode_id=self._episode_id, step_count=turns, index=self._env.index, messages=self._messages)


def app(env_id: str, *, sessions: int = 8, **kwargs: Any) -> FastAPI:
    """Makes the server, for `uvicorn.run`; every session gets an environment of its own.

    Args:
        env_id: A registered `ToolEnv`.
        sessions: At most this many at a time.
        **kwargs: Of the environment.

    Raises:
        UserError: If the environment cannot be made.
    """
    make_env(env_id, **kwargs)
    make = functools.partial(OpenEnvEnvironment, env_id, **kwargs)
    return create_app(
        make, TurnAction, TurnObservation, env_name=env_id, max_concurrent_envs=sessions, state_cls=TurnState
    )
