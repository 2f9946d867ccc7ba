"""The best labels at hand: by repair where a target can be executed, by rules over the log elsewhere."""

from __future__ import annotations

from collections import defaultdict

from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.labeller import RuleLabeller
from trace_gym.capabilities.labellers.repair import RepairLabeller
from trace_gym.capabilities.labellers.rules import RULES
from trace_gym.errors import UserError
from trace_gym.rollouts.execution import execution_of
from trace_gym.trajectories.record import Trajectory

_TRIED = 3
"""Attempts at a target that are tried before it counts as one that can be executed."""


class BestLabeller:
    """Labels attempts by repair or by rules, one target like another.

    Example:
        >>> tables = BestLabeller().label(Corpus.from_trajectories([]))
        >>> tables[0].capability.name, len(tables) == len(RULES)
        ('precondition_verification', True)
    """

    NAME = "best"

    def label(self, corpus: Corpus) -> list[LabelTable]:
        """Labels every attempt.

        Args:
            corpus: The attempts.

        Returns:
            One table for each capability, with one run; its labeller is `repair`, `rules`, or `repair and rules`.
        """
        executable = _executable(corpus)
        by_repair = {table.capability.name: table for table in RepairLabeller().label(corpus.part(executable))}
        rest = corpus.part(set(corpus.keys) - executable)
        tables = []
        for rule in RULES:
            [by_rule] = RuleLabeller(rule).label(rest)
            tables.append(_joined(by_repair[rule.NAME], by_rule))
        return tables


def _executable(corpus: Corpus) -> set[AttemptKey]:
    """The attempts at targets that can be executed: the first few say so for all."""
    tried: dict[str, list[bool]] = defaultdict(list)
    for key, trajectory in zip(corpus.keys, corpus.trajectories, strict=True):
        # attempts that broke off say nothing about their target
        if len(tried[key.env_id]) < _TRIED and not trajectory.error:
            tried[key.env_id].append(_has_solution(trajectory))
    return {key for key in corpus.keys if tried[key.env_id] and all(tried[key.env_id])}


def _has_solution(trajectory: Trajectory) -> bool:
    try:
        return execution_of(trajectory).solution(trajectory) is not None
    except (UserError, ValueError):
        return False


def _joined(one: LabelTable, two: LabelTable) -> LabelTable:
    labellers = [table.labeller for table in (one, two) if table.runs[0]]
    return LabelTable(
        two.capability,
        " and ".join(labellers) or "rules",
        ({**one.runs[0], **two.runs[0]},),
        {**one.evidence, **two.evidence},
        {**one.set_apart, **two.set_apart},
        verified=one.verified and not two.runs[0],
    )
