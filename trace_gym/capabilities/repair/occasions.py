"""Which capabilities an attempt had an occasion to exercise, by what its reference does and what it met on the way."""

from __future__ import annotations

from collections.abc import Iterator

from trace_gym.capabilities.attempt import HANDING_OVER, identifier_values, is_identifier
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.alignment import Made, differences
from trace_gym.capabilities.repair.by_reference import are_told
from trace_gym.capabilities.repair.case import shape, share_record, subject_of
from trace_gym.capabilities.repair.episode import Episode
from trace_gym.capabilities.repair.observed import Observed, is_number, leaves_of, scalars_of
from trace_gym.capabilities.repair.wrong_value import EXTREME, is_amount, spoken
from trace_gym.env.types import Json, ToolCall
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
    done = [one for one in made if one.is_write and any(_is_the_same(one.call, two.call) for two in writes)]
    yield names.FINISHING
    if all(one in done or one.call.name in HANDING_OVER for one in made if one.is_write):
        yield from _of_escalation(made, own)
    strays = _strays(episode, writes)
    if made and not strays:
        yield names.RESTRAINT
    # a need that an attempt passed without is none
    if len(own) > len(writes) and not all(one.is_write for one in made):
        yield names.LOOKING_UP
    if _checks(made, own):
        yield names.CHECKING
    if any(one.is_write for one in made) and writes:
        yield from (names.STARTING, names.NO_REPETITION)
        if not strays:
            yield names.TOOL_CHOICE
        if not _invents(episode):
            yield names.GROUNDING
    if done:
        yield from _of_values(episode, done, writes)
    if any(_has_another(episode, one) for one in done):
        yield names.RIGHT_RECORD
    if len(writes) + len({fact.about for fact in episode.trajectory.facts if fact.about}) > 1:
        yield names.MULTI_STEP
    if _share_a_record(done):
        yield names.ORDER
    if len(own) < len(solution.calls):
        yield names.GUIDANCE
    if _recovers(episode, [one for one in done if any(not differences(one.call, two.call) for two in writes)]):
        yield names.RECOVERY
    if episode.trajectory.facts:
        yield names.REPORTING
        if are_told(episode.trajectory):
            yield names.TRUTHFULNESS


def _is_the_same(one: ToolCall, two: ToolCall) -> bool:
    """Whether two calls do the same thing to the same record, be it with other values."""
    return one.name == two.name and subject_of(one) == subject_of(two)


def _strays(episode: Episode, writes: list[Wanted]) -> bool:
    """Whether an operation that the reference is without was tried, and kept from being done by a refusal alone."""
    for place in episode.refused:
        tried = call_at(episode.trajectory.messages, place)
        is_write = episode.is_write(tried.name, "assistant") and tried.name not in HANDING_OVER
        if is_write and not any(tried.name == one.call.name for one in writes):
            return True
    return False


def _has_another(episode: Episode, done: Made) -> bool:
    """Whether a record of the same kind had been read, which could have been taken for the one that was worked on."""
    own = subject_of(done.call)
    observed = Observed(episode.trajectory, done.place.message)
    leaves = (leaf for result in observed.results for _, leaf in leaves_of(result))
    return bool(own) and any(is_identifier(leaf) and leaf != own and shape(leaf) == shape(own) for leaf in leaves)


def _invents(episode: Episode) -> bool:
    """Whether a call, be it a refused one, named what had neither been read nor said."""
    places = [*episode.refused, *(one.place for one in episode.made if one.requestor == "assistant")]
    for place in places:
        observed = Observed(episode.trajectory, place.message)
        for value in identifier_values([call_at(episode.trajectory.messages, place)]):
            if not observed.was_read(value) and not observed.was_said(value):
                return True
    return False


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


def _recovers(episode: Episode, done: list[Made]) -> bool:
    """Whether a refused call was followed by a right one of the same tool or about the same record."""
    for place in episode.refused:
        refused = call_at(episode.trajectory.messages, place)
        records = identifier_values([refused])
        for one in done:
            is_related = one.call.name == refused.name or bool(records & identifier_values([one.call]))
            # a call of the same message was written before the refusal could be read
            if one.place.message > place.message and is_related:
                return True
    return False


def _of_values(episode: Episode, done: list[Made], writes: list[Wanted]) -> Iterator[str]:
    """Whether a right value was chosen from a list, worked out, or set as the rules prescribe."""
    for one in done:
        wanted = next(two.call for two in writes if _is_the_same(one.call, two.call))
        observed = Observed(episode.trajectory, one.place.message)
        for name, value in _right_values(one.call, wanted):
            if observed.has_siblings(value) and not is_number(value):
                yield names.SELECTION
                if EXTREME.search(observed.said):
                    yield names.ARITHMETIC
            elif is_amount(name, value) and not observed.was_said(value):
                yield names.ARITHMETIC
            elif _is_prescribed(observed, value):
                yield names.POLICY_VALUE


def _is_prescribed(observed: Observed, value: Json) -> bool:
    """Whether neither the user nor a record says a value, which no day and no identifier is."""
    if is_identifier(value) or spoken(value) or observed.was_said(value):
        return False
    return is_number(value) or not observed.was_read(value)


def _right_values(made: ToolCall, wanted: ToolCall) -> Iterator[tuple[str, Json]]:
    """The values of a call, with their argument, that the reference has there too."""
    for name, value in made.arguments.items():
        rights = list(scalars_of(wanted.arguments.get(name)))
        for own in scalars_of(value):
            if own in rights:
                yield name, own


def _share_a_record(done: list[Made]) -> bool:
    """Whether different things were done to one record."""
    for one in done:
        for two in done:
            if one.call.name != two.call.name and share_record(one.call, two.call):
                return True
    return False
