"""Sets of edits that should make an episode pass, by what it did otherwise than the reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trace_gym.capabilities.repair.alignment import Alignment, Made, align, differences
from trace_gym.capabilities.repair.edits import (
    ABSENT,
    Close,
    Cut,
    Drop,
    Edit,
    Finish,
    Insert,
    Move,
    Say,
    SetArgument,
    Unsay,
)
from trace_gym.capabilities.repair.episode import Episode
from trace_gym.env.episode import statements
from trace_gym.env.facts import Fact
from trace_gym.trajectories.execution import Execution
from trace_gym.trajectories.places import Place
from trace_gym.trajectories.solution import Solution, Wanted


def candidates(
    episode: Episode, reference: Solution, execution: Execution, asked: Sequence[Edit] = ()
) -> Iterator[list[Edit]]:
    """Yields sets of edits, those that change least first.

    Args:
        episode: The failed episode.
        reference: What would have been right; in one turn, unless turns are fixed.
        execution: How it is executed.
        asked: What `unasked` returns, where turns are not fixed.

    Yields:
        Each set; the last is the reference alone.
    """
    writes = [wanted for wanted in reference.calls if episode.is_write(wanted.call.name, wanted.requestor)]
    own_writes = [made for made in episode.made if made.is_write]
    idle: list[Edit] = [Drop(place) for place in sorted(episode.refused)]
    says = [*_spoken(episode), *_last_word(episode, reference)]
    finish: list[Edit] = [Finish(execution.ending)] if execution.ending else []
    for own, wanted in ((own_writes, writes), (episode.made, reference.calls)):
        alignment = align(own, wanted)
        aligned = [*_aligned(episode, alignment), *_closings(episode, reference, execution), *finish]
        yield [*aligned, *says]
        yield [*aligned, *says, *idle]
        if asked:
            yield [*aligned, *asked, *says, *idle]
        yield [*aligned, *_restated(episode, reference), *idle]
        yield [*aligned, *_look_ups(alignment, aligned), *says, *idle]
    for wanted in (writes, reference.calls):
        rebuilt = [*_rebuilt(episode, wanted), *finish, *idle]
        yield [*rebuilt, *says]
        yield [*rebuilt, *_restated(episode, reference)]
        if asked:
            yield [*rebuilt, *asked, *says]
    yield _anew(episode, reference, execution)


def unasked(episode: Episode, reference: Solution) -> list[Edit]:
    """Returns the messages on the way that the reference sends and the episode does not: questions, and steps to take.

    Args:
        episode: The failed episode.
        reference: What would have been right, with its turns.
    """
    said = "\n".join(episode.spoken)
    edits: list[Edit] = []
    for turn, text in enumerate(reference.closings[:-1]):
        if text not in said:
            edits.append(Close(episode.before_the_end, text, False, _after_turn(reference, turn)))
    return edits


def _anew(episode: Episode, reference: Solution, execution: Execution) -> list[Edit]:
    """Leaves out all that came behind the user's first message, and does what the reference does."""
    after = episode.request
    edits: list[Edit] = [Cut(after)]
    number = 0
    closings = reference.closings
    for turn in range(max(1, len(closings))):
        for wanted in reference.calls:
            if wanted.turn == turn:
                edits.append(Insert(after, wanted.call, wanted.requestor, number))
                number += 1
        if turn < len(closings):
            edits.append(Close(after, closings[turn], turn == len(closings) - 1, number))
            number += 1
    if execution.fixed_turns:
        return edits
    # every fact, as nothing has been said yet
    edits += [Say(_sentence(fact)) for fact in episode.trajectory.facts]
    return [*edits, *([Finish(execution.ending)] if execution.ending else [])]


def _spoken(episode: Episode) -> list[Edit]:
    """A statement of each fact that the user was not told."""
    facts = episode.trajectory.facts
    said = statements("\n".join(episode.spoken))
    subjects = [fact.about for fact in facts if fact.about]
    return [Say(_sentence(fact)) for fact in facts if not fact.stated_in(said, subjects)]


def _restated(episode: Episode, reference: Solution) -> list[Edit]:
    """Says every fact, and nothing else that could be taken for one."""
    edits: list[Edit] = [Unsay(number) for number in episode.statements]
    edits += [Say(_sentence(fact)) for fact in episode.trajectory.facts]
    return [*edits, *_last_word(episode, reference)]


def _last_word(episode: Episode, reference: Solution) -> list[Edit]:
    """The reference's last message, where no facts say what had to be said."""
    if episode.trajectory.facts or not reference.closings:
        return []
    return [Say(reference.closings[-1])]


def _sentence(fact: Fact) -> str:
    if fact.about:
        return f"{fact.about}: {fact.value}."
    return f"{fact.value}."


def _aligned(episode: Episode, alignment: Alignment) -> list[Edit]:
    """Turns the calls of the episode into those of the reference, each where it belongs."""
    edits: list[Edit] = []
    # what the user did by itself is not the agent's to undo
    edits += [Drop(extra.place) for extra in alignment.extra if extra.requestor == "assistant" and extra.is_write]
    for own, other in alignment.pairs:
        edits += _arguments(alignment.made[own], alignment.wanted[other])
    edits += _moves(alignment)
    return edits + [_insertion(episode, alignment, number) for number in alignment.missing]


def _look_ups(alignment: Alignment, edits: Sequence[Edit]) -> list[Edit]:
    """Drops what the reference does without, look-ups as well: they may have used up the turns."""
    dropped = {edit.place for edit in edits if isinstance(edit, Drop)}
    extra = [made.place for made in alignment.extra if made.requestor == "assistant"]
    return [Drop(place) for place in extra if place not in dropped]


def _rebuilt(episode: Episode, wanted: Sequence[Wanted]) -> list[Edit]:
    """Drops every write of the assistant, and makes those of the reference at the end."""
    edits: list[Edit] = [Drop(made.place) for made in episode.made if made.requestor == "assistant" and made.is_write]
    for number, one in enumerate(wanted):
        edits.append(Insert(episode.before_the_end, one.call, one.requestor, number))
    return edits


def _closings(episode: Episode, reference: Solution, execution: Execution) -> list[Edit]:
    """The ends of the turns that the episode did not come to."""
    if not execution.fixed_turns:
        return []
    edits: list[Edit] = []
    last = len(episode.trajectory.messages) - 1
    turns = len(reference.closings)
    for turn in range(len(episode.statements), turns):
        # behind the calls of their turn, which have the numbers of the reference
        number = _after_turn(reference, turn)
        edits.append(Close(last, reference.closings[turn], turn == turns - 1, number))
    return edits


def _after_turn(reference: Solution, turn: int) -> int:
    """A number behind those of the turn's calls and before those of the next turn's; calls have even ones."""
    return 2 * sum(wanted.turn <= turn for wanted in reference.calls) - 1


def _arguments(made: Made, wanted: Wanted) -> list[Edit]:
    edits: list[Edit] = []
    for name in differences(made.call, wanted.call):
        edits.append(SetArgument(made.place, name, wanted.call.arguments.get(name, ABSENT)))
    return edits


def _moves(alignment: Alignment) -> list[Edit]:
    """Moves a call behind the one that it should have followed."""
    edits: list[Edit] = []
    latest = Place(-1)
    for own, other in alignment.pairs:
        made = alignment.made[own]
        if made.requestor == "assistant" and made.place < latest:
            edits.append(Move(made.place, latest.message, 2 * other))
        latest = max(latest, made.place)
    return edits


def _insertion(episode: Episode, alignment: Alignment, number: int) -> Insert:
    """Inserts a call of the reference behind the one it follows there, or before the one that follows it."""
    wanted = alignment.wanted[number]
    before: list[Place] = []
    behind: list[Place] = []
    for own, other in alignment.pairs:
        made = alignment.made[own]
        if made.turn == wanted.turn:
            (before if other < number else behind).append(made.place)
    after = episode.end_of_turn(wanted.turn)
    if before:
        after = max(before).message
    elif behind:
        after = min(behind).message - 1
    return Insert(after, wanted.call, wanted.requestor, 2 * number)
