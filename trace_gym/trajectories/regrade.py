"""What a recorded trajectory is worth when its calls are made again: the common result, whoever computes it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from trace_gym.env.types import Json
from trace_gym.trajectories.record import Trajectory

TOLERANCE = 1e-6


@dataclass(frozen=True)
class Grade:
    """A trajectory's reward, computed anew.

    Example:
        >>> played = Trajectory("shop", "7", [], reward=1.0, success=True)
        >>> Grade(played, reward=1.0).agrees, Grade(played, reward=0.0).agrees
        (True, False)
    """

    trajectory: Trajectory
    """What was recorded."""
    reward: float
    """What its calls and words earn now."""
    terms: dict[str, float] = field(default_factory=dict)
    """The parts of it."""
    revisions: tuple[str, ...] = ()
    """How the task differs from the one it was recorded on; each may explain another reward."""
    other_result: str = ""
    """The first call that answers otherwise than it did, in one sentence; empty when all answer the same."""

    @property
    def agrees(self) -> bool:
        """Whether the recorded reward came out again."""
        return abs(self.reward - self.trajectory.reward) < TOLERANCE

    @property
    def explained(self) -> bool:
        """Whether a disagreement has a known reason."""
        return self.agrees or bool(self.revisions)


def conversation(trajectory: Trajectory) -> tuple[list[str], list[tuple[str, dict[str, object], str]]]:
    """Takes a trajectory's messages apart.

    Args:
        trajectory: The record.

    Returns:
        What the assistant said, and every call in order as `(name, arguments, requestor)`, where the requestor is
        `assistant` or `user`.
    """
    said = []
    calls = []
    for message in trajectory.messages:
        role = message["role"]
        if role == "assistant" and str(message.get("content") or "").strip():
            said.append(str(message["content"]))
        if role in ("assistant", "user"):
            for row in message.get("tool_calls") or []:
                body = row["function"]
                calls.append((str(body["name"]), dict(body["arguments"]), role))

    return said, calls


def other_result(trajectory: Trajectory, results: Sequence[str]) -> str:
    """Says which call answers otherwise than it did, the first of them; empty when all answer the same.

    Args:
        trajectory: What was recorded.
        results: What the calls answer now, in order; JSON is compared as values.
    """
    then = [str(message.get("content") or "") for message in trajectory.messages if message["role"] == "tool"]
    for number, (before, after) in enumerate(zip(then, results, strict=False)):
        if _value(before) != _value(after):
            return f"call {number} answered {before[:60]!r}, now {after[:60]!r}"
    return ""


def _value(text: str) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
