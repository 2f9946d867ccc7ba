"""Which capabilities an attempt had an occasion to exercise, by what its reference does and what it met on the way."""

from __future__ import annotations

from collections.abc import Iterator

from trace_gym.capabilities.attempt import identifier_values
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.episode import Episode
from trace_gym.capabilities.repair.observed import Observed
from trace_gym.env.types import Json
from trace_gym.errors import UserError
from trace_gym.rollouts.execution import execution_of
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.solution import Solution, Wanted


def occasions_of(trajectory: Trajectory) -> set[str]:
    """Returns the capabilities that an attempt could show.

    Args:
        trajectory: The record; one that cannot be executed, or has no reference, has no occasions.

    Example:
        >>> from trace_gym.rollouts.play import Job, play_batch
        >>> from trace_gym.rollouts.scripted import OraclePolicy
        >>> from trace_gym import make_env
        >>> env = make_env("trace/ServiceDesk-v0")
        >>> [played] = play_batch([env], OraclePolicy(), [Job(0)], seed=0, env_id="trace/ServiceDesk-v0")
        >>> "policy_compliance" in occasions_of(played)
        True
    """
    try:
        execution = execution_of(trajectory)
        solution = execution.solution(trajectory)
    except (UserError, ValueError):
        return set()
    if solution is None:
        return set()
    episode = Episode(trajectory, execution.is_write, fixed_turns=execution.fixed_turns)
    return set(_occasions(episode, solution))


def _occasions(episode: Episode, solution: Solution) -> Iterator[str]:
    own = [one for one in solution.calls if one.requestor == "assistant"]
    writes = [one for one in own if episode.is_write(one.call.name, "assistant")]
    escalates = any(one.call.name in names.HANDING_OVER for one in own)
    yield from (names.FINISHING, names.NO_REPETITION, names.TOOL_CHOICE)
    if episode.made:
        yield names.RESTRAINT
    yield names.ESCALATION if escalates else names.NO_NEEDLESS_ESCALATION
    # a need that an attempt passed without is none
    if len(own) > len(writes) and any(not made.is_write for made in episode.made):
        yield names.LOOKING_UP
    if writes:
        yield from (names.STARTING, names.GROUNDING, names.CHECKING, names.RIGHT_RECORD, names.POLICY_VALUE)
        yield from _of_values(episode, writes)
    if len(writes) + len({fact.about for fact in episode.trajectory.facts if fact.about}) > 1:
        yield names.MULTI_STEP
    if _share_a_record(writes):
        yield names.ORDER
    if len(own) < len(solution.calls):
        yield names.GUIDANCE
    if episode.refused:
        yield names.RECOVERY
    if episode.trajectory.facts:
        yield from (names.REPORTING, names.TRUTHFULNESS)


def _of_values(episode: Episode, writes: list[Wanted]) -> Iterator[str]:
    """Whether a value has to be chosen from a list, or worked out."""
    observed = Observed(episode.trajectory, len(episode.trajectory.messages))
    values = [value for one in writes for value in _leaves(dict(one.call.arguments))]
    if any(observed.has_siblings(value) for value in values):
        yield names.SELECTION
    if any(isinstance(value, (int, float)) and not observed.was_said(value) for value in values):
        yield names.ARITHMETIC


def _leaves(value: Json) -> Iterator[Json]:
    if isinstance(value, dict):
        for own in value.values():
            yield from _leaves(own)
    elif isinstance(value, list):
        for own in value:
            yield from _leaves(own)
    elif not isinstance(value, bool) and value is not None:
        yield value


def _share_a_record(writes: list[Wanted]) -> bool:
    seen: set[str] = set()
    for one in writes:
        own = identifier_values([one.call])
        if seen & own:
            return True
        seen |= own
    return False
