"""The best labels at hand: by repair where a target can be executed, by rules over the log elsewhere."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.labeller import RuleLabeller
from trace_gym.capabilities.labellers.repair import RepairLabeller
from trace_gym.capabilities.labellers.rules import RULES
from trace_gym.capabilities.labels import Label, SetApart
from trace_gym.capabilities.repair.triage import PASSES_TODAY
from trace_gym.errors import UserError
from trace_gym.processes import nothing
from trace_gym.rollouts.execution import execution_of
from trace_gym.trajectories.record import Trajectory

_TRIED = 3
"""Attempts at a target that are tried before it counts as one that can be executed."""
_FEW = 5
"""Contradictions up to which a log is taken for right."""
_MOST_CONTRADICTED = 0.2
"""Share of recorded failures that an evaluator may pass without putting the log in doubt."""


class BestLabeller:
    """Labels attempts by repair or by rules, one target like another.

    Where the target's evaluator contradicts the log, passing many episodes that are recorded as failures, the log was
    made with another version or graded otherwise: its attempts are labelled by rules, and `notes` say so.

    Example:
        >>> tables = BestLabeller().label(Corpus.from_trajectories([]))
        >>> tables[0].capability.name, len(tables)
        ('precondition_verification', 20)
    """

    NAME = "best"

    def __init__(
        self,
        progress: Callable[[int], None] = lambda count: None,
        jobs: int = 1,
        prepare: Callable[[], None] = nothing,
    ) -> None:
        """Makes a labeller.

        Args:
            progress: Is told how many more attempts are done.
            jobs: Processes that repair at once, >= 1; labels do not depend on it.
            prepare: Called at the start of each process where there are several, to register environments; importable.
        """
        self._repair = RepairLabeller(progress, jobs, prepare)
        self._progress = progress
        self.notes: list[str] = []
        """What a user should know of the last labels."""

    def label(self, corpus: Corpus) -> list[LabelTable]:
        """Labels every attempt.

        Args:
            corpus: The attempts.

        Returns:
            One table for each capability, with one run; its labeller is `repair`, `rules`, or `repair and rules`.
        """
        executable = _executable(corpus)
        repaired = self._repair.label(corpus.part(executable))
        contradicted = _contradicted(corpus, repaired[0])
        self.notes = list(contradicted.values())

        self._progress(len(corpus) - len(executable))
        executable = {key for key in executable if key.env_id not in contradicted}
        by_repair = {table.capability.name: _part(table, executable) for table in repaired}
        rest = corpus.part(set(corpus.keys) - executable)
        by_rule = {rule.NAME: RuleLabeller(rule).label(rest)[0] for rule in RULES}
        # a capability that no rule knows has no labels, and leaves out the same attempts
        apart = by_rule[RULES[0].NAME].set_apart
        return [_joined(table, by_rule.get(name) or _silent(table, rest, apart)) for name, table in by_repair.items()]


def _contradicted(corpus: Corpus, repaired: LabelTable) -> dict[str, str]:
    """Targets whose evaluator passes many of the recorded failures, each with a sentence that says so."""
    failures = Counter(key.env_id for key in repaired.runs[0] if not corpus.outcomes[key])
    passed = Counter(key.env_id for key, apart in repaired.set_apart.items() if apart.reason == PASSES_TODAY)
    found = {}
    for env_id, count in passed.items():
        if count >= _FEW and count > _MOST_CONTRADICTED * failures[env_id]:
            found[env_id] = (
                f"{env_id}: the evaluator at hand passes {count} of {failures[env_id]} recorded failures, so the log "
                "was graded otherwise; labels come from rules"
            )
    return found


def _part(table: LabelTable, keys: set[AttemptKey]) -> LabelTable:
    return dataclasses.replace(
        table,
        runs=tuple({key: label for key, label in run.items() if key in keys} for run in table.runs),
        evidence={key: one for key, one in table.evidence.items() if key in keys},
        set_apart={key: one for key, one in table.set_apart.items() if key in keys},
    )


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


def _silent(table: LabelTable, corpus: Corpus, apart: Mapping[AttemptKey, SetApart]) -> LabelTable:
    return LabelTable(table.capability, "rules", (dict.fromkeys(corpus.keys, Label.NA),), set_apart=apart)


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
