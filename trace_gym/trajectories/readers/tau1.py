"""tau-bench v1 results: a JSON list of `{task_id, reward, info, traj, trial}`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from trace_gym.env.facts import Fact
from trace_gym.env.types import ToolCall
from trace_gym.trajectories.readers.messages import chat_message, objects
from trace_gym.trajectories.readers.pairing import paired
from trace_gym.trajectories.readers.parts import elements
from trace_gym.trajectories.readers.reader import Episode, Head, Source, converted, number, numbers, text, whole_number
from trace_gym.trajectories.record import Trajectory

NAME = "tau1"
TITLE = "a tau-bench v1 list"


def claims(head: Head) -> bool:
    """Returns whether a file begins like a tau-bench v1 result list.

    Args:
        head: The beginning of the file, with what its first result holds.
    """
    return head.array and "traj" in head.members


def episodes(source: Source) -> Iterator[Episode]:
    """Yields the episodes.

    Args:
        source: The file, from whose name the domain is taken.

    Raises:
        UserError: Where the file cannot be read on.
    """
    return converted(source, elements(source, "episode"), partial(_trajectory, source))


def _trajectory(source: Source, row: dict[str, Any]) -> Trajectory:
    reward = number(row["reward"], "reward")

    # an attempt that raised has no task and an empty trajectory, only its error
    info = row.get("info", {})
    task = info.get("task") or {}

    # the results do not name their domain, the files of the benchmark's own repository do
    domain = source.path.name.split(".")[0].removeprefix("tau1_")

    return Trajectory(
        env_id=f"tau1/{domain}",
        task_id=str(row["task_id"]),
        trial=whole_number(row.get("trial"), "trial"),
        messages=paired([chat_message(message) for message in objects(row["traj"], "traj")]),
        reward=reward,
        success=reward >= 1.0,
        terms=_terms((info.get("reward_info") or {}).get("info") or {}),
        gold=[ToolCall(action["name"], dict(action["kwargs"])) for action in task.get("actions", [])],
        facts=[Fact(str(output)) for output in task.get("outputs", [])],
        error=text(info.get("error")),
        script=text(task.get("instruction")),
    )


def _terms(info: dict[str, Any]) -> dict[str, float]:
    """`r_actions` or `r_outputs`, and one term for each output: whether it was communicated."""
    outputs = info.get("outputs") or {}
    terms = dict(info)
    for output, communicated in outputs.items():
        terms[f"output:{output}"] = communicated
    return numbers(terms)
