"""The capability that each edit of a repair shows to be lacking.

The kind of the edit decides, and what the assistant could have known where it is made: whether it had read the right
value, whether the user had named it, whether it stood beside the wrong one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from trace_gym.capabilities.labels import Evidence
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.case import Case, Cause
from trace_gym.capabilities.repair.edits import Close, Cut, Drop, Edit, Finish, Insert, Move, Say, SetArgument, Unsay
from trace_gym.capabilities.repair.episode import Episode
from trace_gym.capabilities.repair.left_out import causes_of_insert
from trace_gym.capabilities.repair.too_much import causes_of_drop
from trace_gym.capabilities.repair.unsaid import causes_of_say
from trace_gym.capabilities.repair.wrong_value import causes_of_argument
from trace_gym.trajectories.execution import Ruling
from trace_gym.trajectories.places import Place
from trace_gym.trajectories.solution import Solution


def causes_of(
    episode: Episode,
    edits: Sequence[Edit],
    solution: Solution,
    rulings: Mapping[Place, Ruling] = MappingProxyType({}),
) -> list[Cause]:
    """Names the capability behind each edit.

    Args:
        episode: The failed episode.
        edits: Its repair.
        solution: The reference.
        rulings: What the target's guidelines say of the calls of the episode.

    Returns:
        The causes by place, the earliest first; each capability once.
    """
    case = Case(episode, edits, solution, rulings)
    causes: list[Cause] = []
    for edit in edits:
        causes += _of_edit(case, edit)
    if any(isinstance(edit, Cut) for edit in edits):
        causes = [Cause(names.STARTING, Evidence(episode.request, note="nothing of what was done led to the goal"))]

    firsts: dict[str, Cause] = {}
    for cause in sorted(causes, key=lambda cause: cause.evidence.message or 0):
        firsts.setdefault(cause.capability, cause)
    return list(firsts.values())


def _of_edit(case: Case, edit: Edit) -> Iterator[Cause]:
    last = len(case.episode.trajectory.messages) - 1
    if isinstance(edit, SetArgument):
        yield from causes_of_argument(case, edit)
    elif isinstance(edit, Drop):
        yield from causes_of_drop(case, edit)
    elif isinstance(edit, Insert):
        yield from causes_of_insert(case, edit)
    elif isinstance(edit, Say):
        yield from causes_of_say(case, edit)
    elif isinstance(edit, Move):
        yield _of_move(case, edit)
    elif isinstance(edit, Unsay):
        yield Cause(names.TRUTHFULNESS, Evidence(edit.message, note="what it said contradicts the records"))
    elif isinstance(edit, Close) and not edit.is_last and not case.episode.fixed_turns:
        yield from _of_message(case, edit)
    elif isinstance(edit, (Finish, Close)):
        yield Cause(names.FINISHING, Evidence(last, note="the episode did not come to its end"))


def _of_message(case: Case, edit: Close) -> Iterator[Cause]:
    """A message on the way: a question, or a step that the user is to take."""
    where = Evidence(max(edit.after, 0), note=f"the user was not told: {edit.text[:80]}")
    if case.did_nothing and any(case.is_write(one.call) for one in case.inserted):
        # told of the operation that was left out with it
        return
    if case.handed_over:
        yield Cause(names.NO_NEEDLESS_ESCALATION, where)
    elif edit.text.rstrip().endswith("?"):
        yield Cause(names.LOOKING_UP, where)
    else:
        yield Cause(names.GUIDANCE, where)


def _of_move(case: Case, edit: Move) -> Cause:
    """A call that came too early: what it should have waited for is a look-up, or another operation."""
    where = case.evidence(edit.place, f"{case.call_at(edit.place).name} came too early")
    for made in case.episode.made:
        if made.place.message == edit.after and not made.is_write:
            return Cause(names.CHECKING, where)
    return Cause(names.ORDER, where)
