"""The grade of a recorded trajectory whose calls were executed again; every target returns this type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from trace_gym.trajectories.places import parsed
from trace_gym.trajectories.record import Trajectory

TOLERANCE = 1e-6
"""Two rewards agree if they differ by less than this."""


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
    """The reward of its calls and messages today."""
    terms: dict[str, float] = field(default_factory=dict)
    """The reward's terms."""
    revisions: tuple[str, ...] = ()
    """How the task has changed since the recording; each change may explain a different reward."""
    other_result: str = ""
    """The first call whose result has changed, in one sentence; empty if none has."""

    @property
    def agrees(self) -> bool:
        """Whether the recorded reward was reproduced."""
        return abs(self.reward - self.trajectory.reward) < TOLERANCE

    @property
    def explained(self) -> bool:
        """Whether a disagreement has a known reason."""
        return self.agrees or bool(self.revisions)


def conversation(trajectory: Trajectory) -> tuple[list[str], list[tuple[str, dict[str, object], str]]]:
    """Splits a trajectory into what the assistant said and the calls that were made.

    Args:
        trajectory: The record.

    Returns:
        The assistant's texts, and every call in order as `(name, arguments, requestor)`, where the requestor is
        `assistant` or `user`.
    """
    texts = []
    calls = []
    for message in trajectory.messages:
        role = message["role"]
        if role == "assistant" and str(message.get("content") or "").strip():
            texts.append(str(message["content"]))

        # in dual-control tasks the user has tools too, and the final state depends on both
        if role in ("assistant", "user"):
            for call in message.get("tool_calls") or []:
                body = call["function"]
                calls.append((str(body["name"]), dict(body["arguments"]), role))

    return texts, calls


def other_result(trajectory: Trajectory, results: Sequence[str]) -> str:
    """Describes the first call whose result has changed.

    Args:
        trajectory: What was recorded.
        results: The calls' results today, in order; JSON is compared by value.

    Returns:
        A sentence without its period; empty if no result has changed.
    """
    recorded = []
    for message in trajectory.messages:
        if message["role"] == "tool":
            recorded.append(str(message.get("content") or ""))

    # the last calls of an aborted episode have no recorded result
    for number, (before, after) in enumerate(zip(recorded, results, strict=False)):
        # so that key order and spaces do not count
        if parsed(before) != parsed(after):
            return f"call {number} answered {before[:60]!r}, now {after[:60]!r}"
    return ""
