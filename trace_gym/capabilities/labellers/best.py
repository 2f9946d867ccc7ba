"""The best labels at hand: by repair where a target can be executed, by rules over the log elsewhere."""

from __future__ import annotations

from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.labeller import RuleLabeller
from trace_gym.capabilities.labellers.repair import RepairLabeller
from trace_gym.capabilities.labellers.rules import RULES
from trace_gym.errors import UserError
from trace_gym.rollouts.execution import execution_of


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
        by_repair = {
            table.capability.name: table
            for table in RepairLabeller().label(corpus.part(executable))
        }
        rest = corpus.part(set(corpus.keys) - executable)
        tables = []
        for rule in RULES:
            [by_rule] = RuleLabeller(rule).label(rest)
            tables.append(_joined(by_repair[rule.NAME], by_rule))
        return tables


def _executable(corpus: Corpus) -> set[AttemptKey]:
    """The attempts at targets of which one attempt, at least, can be executed and has a reference."""
    known: dict[str, bool] = {}
    for key, trajectory in zip(corpus.keys, corpus.trajectories, strict=True):
        # attempts that broke off say nothing about their target
        if not known.get(key.env_id) and not trajectory.error:
            try:
                known[key.env_id] = execution_of(trajectory).solution(trajectory) is not None
            except (UserError, ValueError):
                known[key.env_id] = False
    return {key for key in corpus.keys if known.get(key.env_id)}


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
