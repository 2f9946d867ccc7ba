"""What an attempt lacks by its reference alone: the rules over logs whose target cannot be executed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labels import Evidence, Judgement, Label
from trace_gym.capabilities.repair.by_reference import by_reference
from trace_gym.capabilities.repair.causes import causes_of
from trace_gym.capabilities.repair.episode import Episode
from trace_gym.capabilities.repair.occasions import occasions_in
from trace_gym.capabilities.repair.search import PASSES, repair
from trace_gym.capabilities.repair.triage import AGENT, fault_of
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.solution import Solution, Wanted

NEEDS_REFERENCE = "a reference solution"
"""What most rules need of a log."""


@dataclass(frozen=True)
class Comparison:
    """An attempt beside its reference.

    Example:
        >>> Comparison({}, frozenset({"escalation"})).judgement("escalation").label
        <Label.PRESENT: 'P'>
    """

    lacking: Mapping[str, Evidence]
    """The capabilities that would have made it what the reference is, with where each was missed."""
    occasions: frozenset[str]
    """The capabilities that it could show."""
    is_agents: bool = True
    """Whether what it lacks is the agent's to do: not where the simulated user left or asked for something else."""

    def judgement(self, name: str) -> Judgement:
        """Returns the label of one capability.

        Args:
            name: The capability.
        """
        if name in self.lacking:
            return Judgement(Label.LACKING, self.lacking[name])
        if self.is_agents and name in self.occasions:
            return Judgement(Label.PRESENT)
        return Judgement(Label.NA)


# several rules ask about one attempt
_COMPARISONS: WeakKeyDictionary[Attempt, Comparison] = WeakKeyDictionary()


def judged(attempt: Attempt, name: str) -> Judgement:
    """Labels one capability by comparing an attempt with its reference.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
        name: The capability.

    Returns:
        The label, NA where there is no reference.
    """
    if attempt.reference is None:
        return Judgement(Label.NA)
    return _compared(attempt).judgement(name)


def was_agents(attempt: Attempt) -> bool:
    """Returns whether what an attempt lacks is the agent's to do, as far as its reference tells.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    return attempt.reference is None or _compared(attempt).is_agents


def _compared(attempt: Attempt) -> Comparison:
    if attempt not in _COMPARISONS:
        _COMPARISONS[attempt] = _compare(attempt)
    return _COMPARISONS[attempt]


def _compare(attempt: Attempt) -> Comparison:
    reference = attempt.effective_reference
    # who judges by the log alone must not know how it ended
    record = Trajectory("", "", attempt.messages, 0.0, False, facts=attempt.facts, script=attempt.script)
    episode = Episode(record, attempt.is_operation)
    verdict = repair(record, by_reference(reference, attempt.is_operation))
    occasions = occasions_in(episode, Solution(tuple(map(Wanted, reference))))
    if verdict.status == PASSES or verdict.reference is None:
        return Comparison({}, occasions)

    is_agents = fault_of(episode, verdict).side == AGENT
    lacking = {}
    if is_agents:
        for cause in causes_of(episode, verdict.edits, verdict.reference):
            lacking[cause.capability] = cause.evidence
    return Comparison(lacking, occasions, is_agents)
