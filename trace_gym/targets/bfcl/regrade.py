"""Grading BFCL's multi-turn results again, with the installed benchmark's classes, entries and checker."""

from __future__ import annotations

import math

from trace_gym.env.types import ToolCall
from trace_gym.errors import UserError
from trace_gym.targets.bfcl.entries import CATEGORIES, entries
from trace_gym.targets.bfcl.world import BFCLWorld
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.regrade import Grade, other_result

_PREFIX = "bfcl/multi_turn_"


def regrade(trajectory: Trajectory) -> Grade:
    """Makes a result's calls again, user turn by user turn, and asks the benchmark's checker.

    Args:
        trajectory: The record.

    Raises:
        UserError: If the entry is unknown, or BFCL is not installed.
    """
    category = trajectory.env_id.removeprefix(_PREFIX)
    if category in CATEGORIES:
        entry = entries(category).get(trajectory.task_id)
    else:
        entry = None
    if entry is None:
        raise UserError(f"{trajectory.env_id} {trajectory.task_id}: the installed benchmark has no such entry.")

    world = BFCLWorld(entry)
    results = []
    last = "user"
    for message in trajectory.messages:
        if message["role"] == "user" and last != "user":
            world.next_turn()
        if message["role"] == "assistant":
            for row in message.get("tool_calls") or []:
                call = ToolCall(str(row["function"]["name"]), dict(row["function"]["arguments"]))
                results.append(world.call(call)[0])
        if message["role"] != "system":
            last = message["role"]

    terms = world.score()
    return Grade(trajectory, math.prod(terms.values()), terms, other_result=other_result(trajectory, results))
