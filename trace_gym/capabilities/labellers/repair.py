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
from trace_gym.capabilities.repair.occasions import occasions_of
from trace_gym.capabilities.repair.triage import AGENT, UNKNOWN
from trace_gym.trajectories.record import Trajectory


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
            found = _attribution(trajectory)
            apart = _set_apart(trajectory, found)
            if apart is not None:
                set_apart[key] = apart
            # whether it is the agent's fault, and whether the repair is known
            is_judged = apart is None and (found is None or found.fault.side == AGENT)
            occasions = occasions_of(trajectory) if is_judged else set()
            lacking = {cause.capability: cause.evidence for cause in found.causes} if found and is_judged else {}
            for name in names.CAPABILITIES:
                if name in lacking:
                    labels[name][key] = Label.LACKING
                    evidence[name][key] = lacking[name]
                elif name in occasions:
                    labels[name][key] = Label.PRESENT
                else:
                    labels[name][key] = Label.NA
            self._progress(1)
        return [
            LabelTable(capability, self.NAME, (labels[name],), evidence[name], set_apart, verified=True)
            for name, capability in names.CAPABILITIES.items()
        ]


def _attribution(trajectory: Trajectory) -> Attribution | None:
    """The attribution of a failure; None of an attempt that passed."""
    if trajectory.success:
        return None
    return attribute(trajectory)


def _set_apart(trajectory: Trajectory, found: Attribution | None) -> SetApart | None:
    """Why an attempt says nothing about the agent; a failure that nobody could repair may still be its fault."""
    if trajectory.error:
        return SetApart(INFRASTRUCTURE, f"the rollout broke off: {trajectory.error}")
    if found is None or found.fault.side in (AGENT, UNKNOWN):
        return None
    return SetApart(found.fault.side, found.fault.reason)
