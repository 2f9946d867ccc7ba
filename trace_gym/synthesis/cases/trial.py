"""Trying cases out: only those whose solution earns the whole reward become part of an environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trace_gym.env.seeding import SPLITS
from trace_gym.env.tools import tool
from trace_gym.env.types import Json
from trace_gym.errors import TaskError
from trace_gym.synthetic.blueprint import Blueprint
from trace_gym.synthetic.case_env import CaseEnv
from trace_gym.synthetic.cases import Case

_DRAWS = 3
"""Tasks that are made of a case and solved."""


def solvable(blueprint: Blueprint) -> list[int]:
    """Returns which cases of a blueprint can be solved by their own solution.

    Args:
        blueprint: With `roles` that hold `cases`. It is data: what runs is `CaseEnv`.

    Returns:
        The numbers of the cases, ascending.
    """
    cases: Sequence[Case] = blueprint["roles"]["cases"]
    found: list[int] = []
    for number in range(len(cases)):
        roles = {**blueprint["roles"], "levels": [[number]]}
        env = _env_of({**blueprint, "roles": roles})
        if all(_is_solved(env, index) for index in range(_DRAWS)):
            found.append(number)
    return found


def _is_solved(env: CaseEnv, index: int) -> bool:
    try:
        env.reset(options={"index": index, "difficulty": 1})
    except TaskError:
        return False
    reward = 0.0
    for turn in env.oracle():
        if env.episode.over:
            return False
        _, reward, *_ = env.step(turn)
    return env.episode.over and reward >= 1.0 - 1e-9


def _env_of(blueprint: Blueprint) -> CaseEnv:
    """An environment of a blueprint, as its template would write it."""
    members: dict[str, Any] = {"blueprint": blueprint, "max_difficulty": 1, "__doc__": "Tries cases out."}
    for number, entry in enumerate(blueprint["tools"]):
        members[f"tool_{number}"] = tool(kind=entry["kind"], schema=entry["schema"])(_method(entry))
    env: CaseEnv = type("Trial", (CaseEnv,), members)(split=SPLITS[0])
    return env


def _method(entry: dict[str, Any]) -> Any:
    def method(self: CaseEnv, state: dict[str, Json], /, **arguments: Any) -> str:
        if entry["kind"] == "read":
            return self.look_up(state, entry["name"], arguments)
        return self.change(state, entry["name"], arguments)

    return method
