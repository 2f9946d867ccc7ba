"""Grades BFCL's multi-turn results again, with the installed benchmark's classes, entries and checker."""

from __future__ import annotations

import math

from trace_gym.env.types import ToolCall
from trace_gym.errors import UserError
from trace_gym.targets.bfcl.entries import CATEGORIES, Entry, entries
from trace_gym.targets.bfcl.world import BFCLWorld
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.regrade import Grade, other_result

_PREFIX = "bfcl/multi_turn_"


def regrade(trajectory: Trajectory) -> Grade:
    """Makes a result's calls again, user turn by user turn, and asks the benchmark's checker.

    Args:
        trajectory: The recorded episode.

    Raises:
        UserError: If the entry is unknown, or BFCL is not installed.
    """
    world = BFCLWorld(named_entry(trajectory))
    results = []
    last_role = "user"
    for message in trajectory.messages:
        # several messages of the user's in a row are one turn, as is the first one
        if message["role"] == "user" and last_role != "user":
            world.next_turn()
        if message["role"] == "assistant":
            for native_call in message.get("tool_calls") or []:
                function = native_call["function"]
                call = ToolCall(str(function["name"]), dict(function["arguments"]))
                results.append(world.call(call)[0])
        # a system message in between does not separate two turns
        if message["role"] != "system":
            last_role = message["role"]

    terms = world.score()
    return Grade(trajectory, math.prod(terms.values()), terms, other_result=other_result(trajectory, results))


def named_entry(trajectory: Trajectory) -> Entry:
    """Returns the entry that a result names.

    Args:
        trajectory: The recorded episode.

    Raises:
        UserError: If the entry is unknown, or BFCL is not installed.
    """
    category = trajectory.env_id.removeprefix(_PREFIX)
    entry = None
    if category in CATEGORIES:
        entry = entries(category).get(trajectory.task_id)
    if entry is None:
        raise UserError(f"{trajectory.env_id} {trajectory.task_id}: the installed benchmark has no such entry.")
    return entry
