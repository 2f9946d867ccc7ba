"""Labels by repair: an attempt lacks what its smallest repair changes, where its target can be executed.

A repair asks the target's own evaluator, so these labels know the outcome: an attempt that passes lacks nothing. The
error rate on passes is 0 by construction, and a contrast says no more than how often failures lack a capability.
"""

from __future__ import annotations

from collections.abc import Callable

from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.labels import Evidence, Label
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.attribution import attribute
from trace_gym.capabilities.repair.comparison import Comparison
from trace_gym.capabilities.repair.episode import Episode
from trace_gym.capabilities.repair.occasions import occasions_in
from trace_gym.capabilities.repair.triage import AGENT
from trace_gym.errors import UserError
from trace_gym.rollouts.execution import execution_of
from trace_gym.trajectories.record import Trajectory


class RepairLabeller:
    """Labels every capability that repairs name, in one table each.

    An attempt is PRESENT where the capability had an occasion and the repair does not name it. It is NA where there was
    none, and where the failure is not the agent's fault or was not repaired.

    Example:
        >>> corpus = Corpus.from_trajectories([])
        >>> [table.capability.name for table in RepairLabeller().label(corpus)][:2]
        ['precondition_verification', 'policy_compliance']
    """

    NAME = "repair"

    def __init__(self, progress: Callable[[int], None] = lambda count: None) -> None:
        """Makes a labeller.

        Args:
            progress: Is told, after each attempt, that one more is done.
        """
        self._progress = progress

    def label(self, corpus: Corpus) -> list[LabelTable]:
        """Repairs every failed attempt.

        Args:
            corpus: The attempts.

        Returns:
            One table for each capability, with one run.
        """
        labels: dict[str, dict[AttemptKey, Label]] = {name: {} for name in names.CAPABILITIES}
        evidence: dict[str, dict[AttemptKey, Evidence]] = {name: {} for name in names.CAPABILITIES}
        for key, trajectory in zip(corpus.keys, corpus.trajectories, strict=True):
            judged = _judge(trajectory)
            for name in names.CAPABILITIES:
                judgement = judged.judgement(name)
                labels[name][key] = judgement.label
                if judgement.evidence is not None:
                    evidence[name][key] = judgement.evidence
            self._progress(1)
        return [
            LabelTable(capability, self.NAME, (labels[name],), evidence[name])
            for name, capability in names.CAPABILITIES.items()
        ]


def _judge(trajectory: Trajectory) -> Comparison:
    """What an attempt lacks by its repair; nothing if it passed, or cannot be executed."""
    try:
        execution = execution_of(trajectory)
        found = None if trajectory.success else attribute(trajectory, execution)
        solution = found.verdict.reference if found is not None else execution.solution(trajectory)
    except (UserError, ValueError):
        return Comparison({}, frozenset())

    occasions: frozenset[str] = frozenset()
    if solution is not None:
        episode = Episode(trajectory, execution.is_write, fixed_turns=execution.fixed_turns)
        occasions = occasions_in(episode, solution)
    if found is None:
        return Comparison({}, occasions)
    lacking = {cause.capability: cause.evidence for cause in found.causes}
    return Comparison(lacking, occasions, found.fault.side == AGENT)
