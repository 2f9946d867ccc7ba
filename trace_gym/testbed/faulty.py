"""An agent with one planted fault, on any target: it plays the reference, and errs where it has an occasion to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trace_gym.env.tool_env import ToolEnv
from trace_gym.rollouts.policy import TurnRequest
from trace_gym.testbed.faults.fault import Fault
from trace_gym.testbed.solved import CLOSING, Solved, Turn, passes, rendered, solve

_STREAM = 0xFA17
"""Keeps these draws apart from those of the task itself."""
_MOST_PLANS = 12
"""Ways to err at one task that are tried."""


class FaultyPolicy:
    """Plays references, with a fault at some of the tasks.

    Example:
        >>> from trace_gym import make_env
        >>> from trace_gym.rollouts.play import Job, play_batch
        >>> from trace_gym.testbed.faults import FAULTS
        >>> desk = "trace/ServiceDesk-v0"
        >>> agent = FaultyPolicy(make_env(desk), FAULTS["nothing_done"], rate=1.0)
        >>> [play_batch([make_env(desk)], agent, [Job(n)], seed=0, env_id=desk)[0].reward for n in range(3)]
        [0.0, 1.0, 0.0]
        >>> [agent.has_occasion(index) for index in range(3)]
        [True, False, True]
    """

    policy_id = "faulty"

    def __init__(self, env: ToolEnv, fault: Fault | None, rate: float) -> None:
        """Makes the agent.

        Args:
            env: An environment of its own, with the tasks that it is going to be given.
            fault: What it does wrong; None for nothing.
            rate: How often it does so where it can, in [0, 1].
        """
        self._env = env
        self._fault = fault
        self._rate = rate
        self._plans: dict[int, tuple[list[Turn], list[Turn] | None]] = {}
        self._turns: dict[int, list[Turn]] = {}

    def has_occasion(self, index: int) -> bool:
        """Returns whether the fault makes a task fail that the reference solves.

        Args:
            index: The task.
        """
        return self._plan(index)[1] is not None

    def is_solvable(self, index: int) -> bool:
        """Returns whether the reference solves a task.

        Args:
            index: The task.
        """
        return bool(self._plan(index)[0])

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        """Returns the next turn of each request.

        Args:
            requests: Episodes that wait for a turn.
        """
        return [self._next(request) for request in requests]

    def adapter_of(self, key: int) -> str:
        """Returns the empty name: there are no adapters.

        Args:
            key: The episode.
        """
        return ""

    def finish(self, keys: Sequence[int]) -> None:
        """Drops the turns of episodes that are over.

        Args:
            keys: Episodes that are over.
        """
        for key in keys:
            self._turns.pop(key, None)

    def _next(self, request: TurnRequest) -> str:
        if request.key not in self._turns or request.env.episode.turns == 0:
            right, wrong = self._plan(request.env.index)
            errs = bool(request.rng.random() < self._rate)
            self._turns[request.key] = wrong if errs and wrong is not None else right

        turns = self._turns[request.key]
        taken = request.env.episode.turns
        return rendered(turns[taken]) if taken < len(turns) else CLOSING

    def _plan(self, index: int) -> tuple[list[Turn], list[Turn] | None]:
        """What is right at a task, and what the agent does wrong."""
        if index not in self._plans:
            self._plans[index] = self._make_plan(index)
        return self._plans[index]

    def _make_plan(self, index: int) -> tuple[list[Turn], list[Turn] | None]:
        solved = solve(self._env, index)
        if solved is None:
            return [], None
        if self._fault is None:
            return list(solved.turns), None
        rng = np.random.default_rng(np.random.SeedSequence([index, _STREAM]))
        plans = self._fault.plans(solved, rng)
        for _, plan in zip(range(_MOST_PLANS), plans, strict=False):
            if not passes(self._env, index, plan) and self._is_of_its_kind(solved):
                return list(solved.turns), plan
        return list(solved.turns), None

    def _is_of_its_kind(self, solved: Solved) -> bool:
        """Whether the plan that was just played was refused no more than the fault is meant to be."""
        assert self._fault is not None
        refusals = sum(record.error for record in self._env.episode.calls)
        return self._fault.is_refused or refusals <= len(solved.refused)
