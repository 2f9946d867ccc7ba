"""Failures that keeping to the target's own guidelines brings.

An agent that has declined to make a call that they forbid, or has made one that they expressly allow and that the user
asked for, has done nothing wrong, whatever the evaluator expects. One that has itself made a call that they forbid has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeGuard

from trace_gym.capabilities.repair.asked import asks_for, declines
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
    return {made.place: ruling for made, (_, ruling) in zip(episode.made, _ruled(calls, execution), strict=True)}


def by_guidelines(fault: Fault, episode: Episode, verdict: Verdict, execution: Execution) -> Fault:
    """Returns whose fault a failure is in the light of the target's own guidelines.

    Args:
        fault: Whose it is without them.
        episode: The failed episode.
        verdict: What repair found.
        execution: What rules on calls.
    """
    made = rulings_on(episode, execution)
    edited = {edit.place for edit in verdict.edits if _is_about_the_call(edit)}
    if fault.side in (EVALUATOR, USER) and any(made[place].forbids for place in edited if place in made):
        return Fault(AGENT)
    if fault.side != AGENT:
        return fault
    unfair = (*_must_break(episode, verdict, execution, made), *_must_refuse(episode, verdict, made))
    return next(iter(unfair), fault)


def _is_about_the_call(edit: Edit) -> TypeGuard[Drop | SetArgument]:
    """Whether an edit changes what is done, rather than by what it is paid."""
    return isinstance(edit, Drop) or (isinstance(edit, SetArgument) and "payment" not in edit.name)


def _must_break(
    episode: Episode, verdict: Verdict, execution: Execution, made: Mapping[Place, Ruling]
) -> Iterator[Fault]:
    """Calls of the repair that the guidelines forbid, and that the agent has not made in its own way."""
    wanted = list(verdict.reference.calls) if verdict.reference else []
    forbidden = [(one.call, ruling) for one, ruling in _ruled(wanted, execution) if ruling.forbids]
    has_declined = any(declines(text) for text in episode.spoken)
    for edit in verdict.edits:
        for call, ruling in forbidden:
            if isinstance(edit, Insert) and edit.call == call and not ruling.argument and has_declined:
                reason = f"the reference breaks the guidelines, {_name(call)}: {ruling.forbids}"
                yield Fault(EVALUATOR, reason, max(edit.after, 0))
            if not isinstance(edit, SetArgument) or call.arguments.get(edit.name) != edit.value:
                continue
            if ruling.argument in ("", edit.name) and not made[edit.place].forbids:
                reason = f"the reference breaks the guidelines, {_name(call)}: {ruling.forbids}"
                yield Fault(EVALUATOR, reason, edit.place.message)


def _must_refuse(episode: Episode, verdict: Verdict, made: Mapping[Place, Ruling]) -> Iterator[Fault]:
    """A repair that only leaves out what the user asked for and the guidelines expressly allow."""
    allowed = {place: ruling for place, ruling in made.items() if ruling.allows}
    if not verdict.edits or not all(isinstance(edit, Drop) and edit.place in allowed for edit in verdict.edits):
        return
    for place, ruling in allowed.items():
        call = call_at(episode.trajectory.messages, place)
        if any(asks_for(said, call.name) for said in Observed(episode.trajectory, place.message).sentences):
            reason = f"the guidelines allow {_name(call)}, which the user asked for: {ruling.allows}"
            yield Fault(EVALUATOR, reason, place.message)


def _ruled(calls: list[Wanted], execution: Execution) -> Iterator[tuple[Wanted, Ruling]]:
    yield from zip(calls, execution.rulings(calls), strict=True)


def _name(call: ToolCall) -> str:
    return " ".join(filter(None, (call.name, subject_of(call))))
