"""Labels by repair: an attempt lacks what its smallest repair changes, where its target can be executed.

A repair asks the target's own evaluator, so these labels know the outcome: an attempt that passes lacks nothing. The
error rate on passes is 0 by construction, and a contrast says no more than how often failures lack a capability. A p
from shuffled outcomes says just as little: how surely occasions are missed by failures more often than never.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence

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
from trace_gym.processes import each, nothing
from trace_gym.rollouts.execution import execution_of
from trace_gym.trajectories.execution import Execution
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.solution import Solution

_Judged = tuple[SetApart | None, Comparison]
_NUMBERING = ("trial", "seed", "policy", "adapter")
"""What may differ between attempts that are the same."""


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
        self._progress = progress
        self._jobs = jobs
        self._prepare = prepare

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
        for key, (apart, judged) in zip(corpus.keys, self._judged(corpus.trajectories), strict=True):
            if apart is not None:
                set_apart[key] = apart
            for name in names.CAPABILITIES:
                judgement = judged.judgement(name)
                labels[name][key] = judgement.label
                if judgement.evidence is not None:
                    evidence[name][key] = judgement.evidence
        return [
            LabelTable(capability, self.NAME, (labels[name],), evidence[name], set_apart, verified=True)
            for name, capability in names.CAPABILITIES.items()
        ]

    def _judged(self, trajectories: Sequence[Trajectory]) -> list[_Judged]:
        """What each attempt comes to; attempts that are the same in all but their number are repaired once."""
        digests = [_digest(trajectory) for trajectory in trajectories]
        copies = Counter(digests)
        distinct = dict(zip(digests, trajectories, strict=True))
        found: dict[bytes, _Judged] = {}
        for digest, judged in zip(distinct, each(_judge, [*distinct.values()], self._jobs, self._prepare), strict=True):
            found[digest] = judged
            self._progress(copies[digest])
        return [found[digest] for digest in digests]


def _digest(trajectory: Trajectory) -> bytes:
    fields = {name: value for name, value in trajectory.to_json().items() if name not in _NUMBERING}
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).digest()


def _judge(trajectory: Trajectory) -> _Judged:
    """Why an attempt says nothing about the agent, if so, and what it lacks and shows."""
    unlabelled = Comparison({}, frozenset(), is_agents=False)
    if trajectory.error:
        return SetApart(INFRASTRUCTURE, f"the rollout broke off: {trajectory.error}"), unlabelled
    try:
        execution = execution_of(trajectory)
        if trajectory.success:
            return None, Comparison({}, _occasions(trajectory, execution, execution.solution(trajectory)))
    except (UserError, ValueError):
        # a failure that cannot be executed may still be the agent's fault
        return None, unlabelled

    found = attribute(trajectory, execution)
    if found.fault.side == AGENT:
        lacking = {cause.capability: cause.evidence for cause in found.causes}
        return None, Comparison(lacking, _occasions(trajectory, execution, found.verdict.reference))
    return _not_the_agents(found), unlabelled


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
