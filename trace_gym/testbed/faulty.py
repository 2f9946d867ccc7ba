"""An agent with one planted fault, on any target: it plays the reference, and errs where it has an occasion to."""

from __future__ import annotations

import numpy as np

from trace_gym.env.tool_env import ToolEnv
from trace_gym.rollouts.policy import TurnRequest
from trace_gym.testbed.faults.fault import Fault
from trace_gym.testbed.script import ScriptPolicy, Turn
from trace_gym.testbed.solved import CLOSING, Solved, passes, solve

_STREAM = 0xFA17
"""Keeps these draws apart from those of the task itself."""
_MOST_PLANS = 12
"""Ways to err at one task that are tried."""


class FaultyPolicy(ScriptPolicy):
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
    closing = CLOSING

    def __init__(self, env: ToolEnv, fault: Fault | None, rate: float) -> None:
        """Makes the agent.

        Args:
            env: An environment of its own, with the tasks that it is going to be given.
            fault: What it does wrong; None for nothing.
            rate: How often it does so where it can, in [0, 1].
        """
        super().__init__()
        self._env = env
        self._fault = fault
        self._rate = rate
        self._plans: dict[int, tuple[list[Turn], list[Turn] | None]] = {}

    def at(self, rate: float) -> FaultyPolicy:
        """Returns the same agent, erring more often or less; what it does at each task is worked out once for both.

        Args:
            rate: How often, in [0, 1].
        """
        other = FaultyPolicy(self._env, self._fault, rate)
        other._plans = self._plans
        return other

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

    def script(self, request: TurnRequest) -> list[Turn]:
        """Returns what the agent does at a task: the reference, or its way to err.

        Args:
            request: The episode, at its first turn.
        """
        right, wrong = self._plan(request.env.index)
        errs = bool(request.rng.random() < self._rate)
        return wrong if errs and wrong is not None else right

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
