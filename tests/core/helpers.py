"""Small builders that several test modules share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from trace_gym import ToolCall, ToolEnv, make_env
from trace_gym.capabilities.attempt import Attempt
from trace_gym.env.facts import Fact
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.rollouts.policy import Policy
from trace_gym.rollouts.scripted import SilentPolicy
from trace_gym.trajectories.record import Trajectory

DESK = "trace/ServiceDesk-v0"


def desk(**kwargs: Any) -> ToolEnv:
    """The bare service desk."""
    return make_env(DESK, **kwargs)


def call(name: str, /, **arguments: Any) -> ToolCall:
    return ToolCall(name, arguments)


def rewards(env: ToolEnv, policy: Policy, indices: Sequence[int]) -> list[float]:
    """The rewards of one episode per task index."""
    return [play_batch([env], policy, [Job(index)], seed=0, env_id="")[0].reward for index in indices]


def play_oracle(env: ToolEnv, index: int) -> tuple[float, bool, bool, dict[str, Any]]:
    """Plays the gold solution of one task to its end."""
    env.reset(options={"index": index})
    for action in env.oracle():
        _, reward, terminated, truncated, info = env.step(action)
    return reward, terminated, truncated, info


class SayPolicy(SilentPolicy):
    """Always takes the same turn."""

    policy_id = "say"

    def __init__(self, turn: str) -> None:
        self.turn = turn

    def act(self, requests: Sequence[Any]) -> list[str]:
        return [self.turn for _ in requests]


def python(code: str, *arguments: str, hash_seed: int = 0) -> str:
    """Runs code in a fresh interpreter and returns what it printed."""
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Talk:
    """Builds a conversation turn by turn, and an attempt or a trajectory out of it."""

    def __init__(self, request: str, kinds: dict[str, str] | None = None) -> None:
        self.messages: list[dict[str, Any]] = [{"role": "system", "content": ""}, {"role": "user", "content": request}]
        self.kinds = kinds or {}

    def call(self, name: str, result: Any = "ok", *, error: bool = False, **arguments: Any) -> Talk:
        identifier = f"c{len(self.messages)}"
        function = {"name": name, "arguments": arguments}
        row = {"id": identifier, "type": "function", "function": function}
        text = result if isinstance(result, str) else json.dumps(result)
        self.messages += [
            {"role": "assistant", "content": "", "tool_calls": [row]},
            {"role": "tool", "tool_call_id": identifier, "content": text, "error": error},
        ]
        return self

    def say(self, text: str, answer: str = "") -> Talk:
        self.messages.append({"role": "assistant", "content": text})
        if answer:
            self.messages.append({"role": "user", "content": answer})
        return self

    def attempt(self, *reference: ToolCall, facts: Sequence[Fact] = ()) -> Attempt:
        """An attempt with a reference solution, a possibly empty one."""
        return Attempt(self.trajectory(facts=facts), list(reference))

    def without_reference(self) -> Attempt:
        return Attempt(self.trajectory(), None)

    def trajectory(self, *, success: bool = False, **fields: Any) -> Trajectory:
        fields.setdefault("facts", [])
        return Trajectory(
            env_id=fields.pop("env_id", "test/Talk"),
            task_id=fields.pop("task_id", "0"),
            messages=self.messages,
            reward=float(success),
            success=success,
            tool_kinds=self.kinds,
            **{**fields, "facts": list(fields["facts"])},
        )
