"""Which capabilities an attempt had an occasion to exercise, by what its reference does and what it met on the way."""

from __future__ import annotations

from collections.abc import Iterator

from trace_gym.capabilities.attempt import HANDING_OVER, identifier_values
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.alignment import Made
from trace_gym.capabilities.repair.episode import Episode
from trace_gym.capabilities.repair.observed import Observed, scalars_of
from trace_gym.trajectories.places import call_at
from trace_gym.trajectories.solution import Solution, Wanted


def occasions_in(episode: Episode, solution: Solution) -> frozenset[str]:
    """Returns the capabilities that an attempt could show.

    Args:
        episode: The attempt.
        solution: What would have been right.

    Example:
        >>> from trace_gym.trajectories.record import Trajectory
        >>> talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]
        >>> episode = Episode(Trajectory("shop", "7", talk, 0.0, False), lambda name, requestor: True)
        >>> sorted(occasions_in(episode, Solution(())))
        ['finishing', 'needless_escalation']
    """
    if not episode.made and not episode.refused and not episode.statements:
        # an assistant that never acted had no occasion for anything but to act
        writes = [one for one in solution.calls if episode.is_write(one.call.name, one.requestor)]
        return frozenset({names.STARTING} if writes else ())
    return frozenset(_occasions(episode, solution))


def _occasions(episode: Episode, solution: Solution) -> Iterator[str]:
    own = [one for one in solution.calls if one.requestor == "assistant"]
    writes = [one for one in own if episode.is_write(one.call.name, "assistant")]
    made = [one for one in episode.made if one.requestor == "assistant"]
    yield names.FINISHING
    yield from _of_escalation(made, own)
    if made:
        yield names.RESTRAINT
    if any(one.is_write for one in made):
        yield from (names.NO_REPETITION, names.TOOL_CHOICE)
    # a need that an attempt passed without is none
    if len(own) > len(writes) and not all(one.is_write for one in made):
        yield names.LOOKING_UP
    if _checks(made, own):
        yield names.CHECKING
    if writes:
        yield from (names.STARTING, names.GROUNDING, names.RIGHT_RECORD, names.POLICY_VALUE)
        yield from _of_values(episode, writes)
    if len(writes) + len({fact.about for fact in episode.trajectory.facts if fact.about}) > 1:
        yield names.MULTI_STEP
    if _share_a_record(writes):
        yield names.ORDER
    if len(own) < len(solution.calls):
        yield names.GUIDANCE
    if _recovers(episode, made):
        yield names.RECOVERY
    if episode.trajectory.facts:
        yield from (names.REPORTING, names.TRUTHFULNESS)


def _of_escalation(made: list[Made], wanted: list[Wanted]) -> Iterator[str]:
    hands = any(one.call.name in HANDING_OVER for one in made)
    should = any(one.call.name in HANDING_OVER for one in wanted)
    if hands and should:
        yield names.ESCALATION
    elif not hands and not should:
        yield names.NO_NEEDLESS_ESCALATION


def _checks(made: list[Made], wanted: list[Wanted]) -> bool:
    """Whether a record that the reference works on was looked up before anything was done to it."""
    records = identifier_values(one.call for one in wanted)
    changed: set[str] = set()
    for one in made:
        own = identifier_values([one.call])
        if one.is_write:
            changed |= own
        elif own & records - changed:
            return True
    return False


def _recovers(episode: Episode, made: list[Made]) -> bool:
    """Whether a refused call was followed by one that was not, of the same tool or about the same record."""
    for place in episode.refused:
        refused = call_at(episode.trajectory.messages, place)
        records = identifier_values([refused])
        for one in made:
            is_related = one.call.name == refused.name or bool(records & identifier_values([one.call]))
            # a call of the same message was written before the refusal could be read
            if one.is_write and one.place.message > place.message and is_related:
                return True
    return False


def _of_values(episode: Episode, writes: list[Wanted]) -> Iterator[str]:
    """Whether a value has to be chosen from a list, or worked out."""
    observed = Observed(episode.trajectory, len(episode.trajectory.messages))
    values = [value for one in writes for value in scalars_of(dict(one.call.arguments))]
    if any(observed.has_siblings(value) for value in values):
        yield names.SELECTION
    if any(isinstance(value, (int, float)) and not observed.was_said(value) for value in values):
        yield names.ARITHMETIC


def _share_a_record(writes: list[Wanted]) -> bool:
    seen: set[str] = set()
    for one in writes:
        own = identifier_values([one.call])
        if seen & own:
            return True
        seen |= own
    return False
