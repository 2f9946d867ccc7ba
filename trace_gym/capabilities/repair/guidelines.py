"""Failures that keeping to the target's own guidelines brings.

An agent that has declined to make a call that they forbid, or has made one that they expressly allow and that the user
asked for, has done nothing wrong, whatever the evaluator expects. One that has itself made a call that they forbid has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trace_gym.capabilities.repair.asked import asked_for
from trace_gym.capabilities.repair.case import subject_of
from trace_gym.capabilities.repair.edits import Drop, Edit, Insert, SetArgument
from trace_gym.capabilities.repair.episode import Episode
from trace_gym.capabilities.repair.observed import Observed
from trace_gym.capabilities.repair.search import Verdict
from trace_gym.capabilities.repair.triage import AGENT, EVALUATOR, USER, Fault
from trace_gym.env.types import ToolCall
from trace_gym.trajectories.execution import Execution, Ruling
from trace_gym.trajectories.places import Place, call_at
from trace_gym.trajectories.solution import Wanted


def rulings_on(episode: Episode, execution: Execution) -> dict[Place, Ruling]:
    """Returns what the target's guidelines say of an episode's calls, by where they stand.

    Args:
        episode: The episode.
        execution: What rules on calls.
    """
    calls = [Wanted(made.call, made.requestor) for made in episode.made]
    return {made.place: ruling for made, ruling in zip(episode.made, execution.rulings(calls), strict=True)}


def by_guidelines(
    fault: Fault, episode: Episode, verdict: Verdict, execution: Execution, made: Mapping[Place, Ruling]
) -> Fault:
    """Returns whose fault a failure is in the light of the target's own guidelines.

    Args:
        fault: Whose it is without them.
        episode: The failed episode.
        verdict: What repair found.
        execution: What rules on the calls of the reference.
        made: What the guidelines say of the episode's own calls.
    """
    if fault.side in (EVALUATOR, USER) and any(_was_forbidden(edit, made) for edit in verdict.edits):
        return Fault(AGENT)
    if fault.side != AGENT:
        return fault
    unfair = (*_must_break(episode, verdict, execution, made), *_must_refuse(episode, verdict, made))
    return next(iter(unfair), fault)


def _was_forbidden(edit: Edit, made: Mapping[Place, Ruling]) -> bool:
    """Whether an edit takes back what the guidelines forbid; by what is paid is another matter than what is done."""
    if not isinstance(edit, (Drop, SetArgument)) or edit.place not in made or not made[edit.place].forbids:
        return False
    if isinstance(edit, Drop):
        return True
    argument = made[edit.place].argument
    return edit.name == argument or (not argument and "payment" not in edit.name)


def _must_break(
    episode: Episode, verdict: Verdict, execution: Execution, made: Mapping[Place, Ruling]
) -> Iterator[Fault]:
    """Calls of the repair that the guidelines forbid, and that the agent has declined, or made as they prescribe."""
    wanted = list(verdict.reference.calls) if verdict.reference else []
    rulings = zip(wanted, execution.rulings(wanted), strict=True)
    forbidden = [(one.call, ruling) for one, ruling in rulings if ruling.forbids]
    for edit in verdict.edits:
        for call, ruling in forbidden:
            reason = f"the reference breaks the guidelines, {_name(call)}: {ruling.forbids}"
            if isinstance(edit, Insert) and edit.call == call and not ruling.argument and episode.has_declined:
                yield Fault(EVALUATOR, reason, max(edit.after, 0))
            elif isinstance(edit, SetArgument) and _breaks(edit, episode, call, ruling, made[edit.place]):
                yield Fault(EVALUATOR, reason, edit.place.message)


def _breaks(edit: SetArgument, episode: Episode, call: ToolCall, ruling: Ruling, before: Ruling) -> bool:
    """Whether setting an argument makes of a call that is not forbidden one that is."""
    own = call_at(episode.trajectory.messages, edit.place)
    is_same = own.name == call.name and subject_of(own) == subject_of(call)
    if before.forbids or not is_same or call.arguments.get(edit.name) != edit.value:
        return False
    return edit.name == ruling.argument or (not ruling.argument and "payment" not in edit.name)


def _must_refuse(episode: Episode, verdict: Verdict, made: Mapping[Place, Ruling]) -> Iterator[Fault]:
    """A repair that only leaves out what the user asked for and the guidelines expressly allow."""
    faults = []
    for edit in verdict.edits:
        if not isinstance(edit, Drop) or edit.place not in made or not made[edit.place].allows:
            return
        call = call_at(episode.trajectory.messages, edit.place)
        if not asked_for(Observed(episode.trajectory, edit.place.message), call.name, subject_of(call)):
            return
        reason = f"the guidelines allow {_name(call)}, which the user asked for: {made[edit.place].allows}"
        faults.append(Fault(EVALUATOR, reason, edit.place.message))
    yield from faults


def _name(call: ToolCall) -> str:
    return " ".join(filter(None, (call.name, subject_of(call))))
