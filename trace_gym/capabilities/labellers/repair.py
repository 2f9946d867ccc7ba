"""Labels by repair: an attempt lacks what its smallest repair changes, where its target can be executed.

A repair asks the target's own evaluator, so these labels know the outcome: an attempt that passes lacks nothing. The
error rate on passes is 0 by construction, and a contrast says no more than how often failures lack a capability. A p
from shuffled outcomes says just as little: how surely occasions are missed by failures more often than never.
"""

from __future__ import annotations

from collections.abc import Callable

from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.labels import INFRASTRUCTURE, Evidence, Label, SetApart
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.attribution import Attribution, attribute
from trace_gym.capabilities.repair.comparison import Comparison
from trace_gym.capabilities.repair.episode import Episode
from trace_gym.capabilities.repair.occasions import occasions_in
from trace_gym.capabilities.repair.triage import AGENT, UNKNOWN
from trace_gym.errors import UserError
from trace_gym.rollouts.execution import execution_of
from trace_gym.trajectories.execution import Execution
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.solution import Solution


class RepairLabeller:
    """Labels every capability that repairs name, in one table each.

    An attempt is PRESENT where the capability had an occasion and the repair does not name it. It is NA where there was
    none, and where the failure was not repaired. Failures that are not the agent's fault are set apart.

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
        set_apart: dict[AttemptKey, SetApart] = {}
        for key, trajectory in zip(corpus.keys, corpus.trajectories, strict=True):
            apart, judged = _judge(trajectory)
            if apart is not None:
                set_apart[key] = apart
            for name in names.CAPABILITIES:
                judgement = judged.judgement(name)
                labels[name][key] = judgement.label
                if judgement.evidence is not None:
                    evidence[name][key] = judgement.evidence
            self._progress(1)
        return [
            LabelTable(capability, self.NAME, (labels[name],), evidence[name], set_apart, verified=True)
            for name, capability in names.CAPABILITIES.items()
        ]


def _judge(trajectory: Trajectory) -> tuple[SetApart | None, Comparison]:
    """Why an attempt says nothing about the agent, if so, and what it lacks and shows."""
    nothing = Comparison({}, frozenset(), is_agents=False)
    if trajectory.error:
        return SetApart(INFRASTRUCTURE, f"the rollout broke off: {trajectory.error}"), nothing
    try:
        execution = execution_of(trajectory)
        if trajectory.success:
            return None, Comparison({}, _occasions(trajectory, execution, execution.solution(trajectory)))
    except (UserError, ValueError):
        # a failure that cannot be executed may still be the agent's fault
        return None, nothing

    found = attribute(trajectory, execution)
    if found.fault.side == AGENT:
        lacking = {cause.capability: cause.evidence for cause in found.causes}
        return None, Comparison(lacking, _occasions(trajectory, execution, found.verdict.reference))
    return _not_the_agents(found), nothing


def _occasions(trajectory: Trajectory, execution: Execution, solution: Solution | None) -> frozenset[str]:
    if solution is None:
        return frozenset()
    episode = Episode(trajectory, execution.is_write, fixed_turns=execution.fixed_turns)
    return occasions_in(episode, solution)


def _not_the_agents(found: Attribution) -> SetApart | None:
    """A failure that nobody could repair may still be the agent's fault."""
    if found.fault.side == UNKNOWN:
        return None
    return SetApart(found.fault.side, found.fault.reason)
