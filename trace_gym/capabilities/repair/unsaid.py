"""What it shows that the user was not told something."""

from __future__ import annotations

from collections.abc import Iterator

from trace_gym.capabilities.attempt import identifier_values, mentions, normal
from trace_gym.capabilities.labels import Evidence
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.case import Case, Cause
from trace_gym.capabilities.repair.computed import is_computable
from trace_gym.capabilities.repair.edits import Say
from trace_gym.capabilities.repair.observed import Observed


def causes_of_say(case: Case, edit: Say) -> Iterator[Cause]:
    """Yields the capabilities that would have told the user.

    Args:
        case: The repaired episode.
        edit: The statement.
    """
    trajectory = case.episode.trajectory
    observed = Observed(trajectory, len(trajectory.messages))
    about, _, value = edit.text.removesuffix(".").rpartition(": ")
    last = len(trajectory.messages) - 1
    if about and any(about in identifier_values([case.call_at(place)]) for place in case.dropped):
        # what is to be said instead of doing it; told of what should not have been done
        return
    if any(mentions(normal(_text(case, message)), value) for message in case.unsaid):
        # it was told, beside what contradicts it
        return
    if case.handed_over and case.did_nothing:
        # nobody tells anything who hands the user over
        yield Cause(names.NO_NEEDLESS_ESCALATION, Evidence(last, note=f"{value} was to be told, not handed over"))
        return
    if case.never_ended:
        yield Cause(names.FINISHING, Evidence(last, note=f"the episode ended before {value} was told"))
        return
    if about and not case.is_touched(about):
        name = names.MULTI_STEP if case.touched_besides(about) else names.LOOKING_UP
        yield Cause(name, Evidence(last, note=f"{about} was not looked at"))
    elif about and _was_changed_unread(case, about):
        yield Cause(names.CHECKING, Evidence(last, note=f"{about} was changed without being looked up"))
    elif not observed.was_read(value):
        yield from _unread(case, value, last)
    else:
        told = _told_instead(case, observed, value)
        if told:
            yield Cause(names.RIGHT_RECORD, Evidence(last, note=f"{told} of another record was told, not {value}"))
        else:
            yield Cause(names.REPORTING, Evidence(last, note=f"{value} was read, and not told"))


def _unread(case: Case, value: str, last: int) -> Iterator[Cause]:
    """A value that stands in no result: nobody looked, or it has to be worked out."""
    observed = Observed(case.episode.trajectory, last + 1)
    missed = case.missed_look_ups()
    # whoever never uses a tool has not read what it gives, and small numbers come of anything
    is_new = any(one.name not in {made.call.name for made in case.own} for one in missed)
    if not is_new and is_computable(value, observed.results):
        yield Cause(names.ARITHMETIC, Evidence(last, note=f"{value} has to be worked out of what was read"))
    elif missed:
        yield Cause(names.LOOKING_UP, Evidence(last, note=f"{missed[0].name} was never made"))
    elif not case.edits_operations:
        # what comes of other operations comes with them
        yield Cause(names.LOOKING_UP, Evidence(last, note=f"nothing of which {value} comes was read"))


def _was_changed_unread(case: Case, record: str) -> bool:
    named = [made for made in case.own if record in identifier_values([made.call])]
    return bool(named) and all(made.is_write for made in named)


def _told_instead(case: Case, observed: Observed, value: str) -> str:
    """A value that was told, and stands where this one stands, in another record."""
    told = normal(" ".join(case.episode.spoken))
    for other in observed.counterparts(value):
        if mentions(told, other):
            return other
    return ""


def _text(case: Case, message: int) -> str:
    return str(case.episode.trajectory.messages[message].get("content") or "")
