"""What it shows that a call was left out."""

from __future__ import annotations

from collections.abc import Iterator

from trace_gym.capabilities.attempt import HANDING_OVER
from trace_gym.capabilities.labels import Evidence
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.alignment import Made
from trace_gym.capabilities.repair.case import Case, Cause, share_record, subject_of
from trace_gym.capabilities.repair.edits import Insert
from trace_gym.capabilities.repair.wrong_value import causes_of_other_values
from trace_gym.env.types import ToolCall
from trace_gym.trajectories.places import Place

_IMPOSSIBLE = ("no longer", "cannot", "can't", "unable", "not possible", "unfortunately")


def causes_of_insert(case: Case, edit: Insert) -> Iterator[Cause]:
    """Yields the capabilities that would have led the assistant to a call.

    Args:
        case: The repaired episode.
        edit: The call that is made as well.
    """
    call = edit.call
    record = subject_of(call)
    about = f" for {record}" if record else ""
    where = Evidence(_next_turn(case, edit.after), note=f"{call.name}{about} was left out")
    if edit.requestor == "user":
        yield Cause(names.GUIDANCE, Evidence(where.message, note=f"the user was not asked to use {call.name}"))
    elif any(share_record(call, case.call_at(place)) for place in case.dropped):
        # told of the call that it replaces
        return
    elif call.name in HANDING_OVER:
        yield Cause(names.ESCALATION, where)
    elif not case.is_write(call):
        yield from _look_up(case, call, where)
    else:
        yield from _write(case, edit, where)


def _next_turn(case: Case, after: int) -> int:
    """The assistant's message that should have made the call: the first one behind its place."""
    messages = case.episode.trajectory.messages
    for number in range(max(after, -1) + 1, len(messages)):
        if messages[number]["role"] == "assistant":
            return number
    return max(after, 0)


def _look_up(case: Case, call: ToolCall, where: Evidence) -> Iterator[Cause]:
    """What matters is what was, or was not, done to the record."""
    if any(share_record(one.call, call) for one in case.inserted if case.is_write(one.call)):
        # told of the operation that was left out with it
        return
    was_written = any(made.is_write and share_record(made.call, call) for made in case.own)
    yield Cause(names.CHECKING if was_written else names.LOOKING_UP, where)


def _write(case: Case, edit: Insert, where: Evidence) -> Iterator[Cause]:
    call = edit.call
    other = _other_version(case, call)
    refused = _refused_attempt(case, call)
    blocker = _blocker(case, edit)
    if other is not None and case.is_forbidden(other.place):
        yield case.forbidden(other.place)
    elif other is not None:
        yield from causes_of_other_values(case, other.place, other.call, call)
    elif refused is not None:
        yield _after_refusal(case, refused, call)
    elif blocker is not None:
        note = f"{blocker.call.name} on the same record made {call.name} impossible"
        yield Cause(names.ORDER, case.evidence(blocker.place, note))
    else:
        yield from _omitted(case, call, where)


def _omitted(case: Case, call: ToolCall, where: Evidence) -> Iterator[Cause]:
    """An operation that was never tried: what was known of its record says why."""
    record = subject_of(call)
    instead = case.touched_instead(record) if record else ""
    if record and not case.is_touched(record) and instead:
        yield Cause(names.LOOKING_UP, Evidence(where.message, note=f"{record} was never looked at"))
        if case.was_worked_on(instead):
            yield Cause(names.RIGHT_RECORD, Evidence(where.message, note=f"{instead} was worked on, not {record}"))
        elif not case.did_nothing:
            yield Cause(names.MULTI_STEP, where)
        return
    unread = case.unread_values(call)
    if unread and (case.missed_look_ups() or not case.can_be_asked_for(unread[0])):
        yield Cause(names.LOOKING_UP, Evidence(where.message, note=f"{unread[0]} was never read"))
    other = case.done_instead(call)
    if other is not None:
        note = f"{call.name} was right for this record, not {other.call.name}"
        yield Cause(names.TOOL_CHOICE, case.evidence(other.place, note))
        return
    is_another = bool(record) and not case.is_touched(record) and case.touched_besides(record)
    if is_another or not case.did_nothing:
        yield Cause(names.LOOKING_UP if case.had_to_be_found(call) else names.MULTI_STEP, where)
        return
    if record and case.own and not case.is_touched(record):
        yield Cause(names.LOOKING_UP, Evidence(where.message, note=f"{record} was never looked at"))
    elif case.missed_look_ups(call):
        missed = case.missed_look_ups(call)[0]
        yield Cause(names.LOOKING_UP, Evidence(where.message, note=f"{missed.name} of {record} was never made"))
    if case.handed_over:
        yield Cause(names.NO_NEEDLESS_ESCALATION, where)
    if not case.handed_over or case.episode.has_declined:
        yield Cause(names.STARTING, where)


def _other_version(case: Case, call: ToolCall) -> Made | None:
    """A call of the same tool on the same record, with other values."""
    for made in case.own:
        is_same = made.call.name == call.name and subject_of(made.call) == subject_of(call) != ""
        if is_same and made.place not in case.dropped:
            return made
    return None


def _refused_attempt(case: Case, call: ToolCall) -> Place | None:
    """A refused call of the same tool on the same record, or on one that there is not."""
    wanted = {subject_of(one.call) for one in case.solution.calls if one.call.name == call.name}
    for place in sorted(case.episode.refused):
        tried = case.call_at(place)
        if tried.name != call.name:
            continue
        subject = subject_of(tried)
        if subject == subject_of(call) or (subject not in wanted and case.invented(place)):
            return place
    return None


def _after_refusal(case: Case, place: Place, call: ToolCall) -> Cause:
    refused = Cause(names.RECOVERY, case.evidence(place, f"{call.name} was refused, and not put right"))
    if set(case.call_at(place).arguments) < set(call.arguments):
        # an argument was left out, and nothing else is needed to explain the refusal
        return refused
    invented = case.invented(place)
    if invented:
        return Cause(names.GROUNDING, case.evidence(place, f"{invented} was never read or said"))
    for made in case.own_writes:
        if made.place < place and made.call.name != call.name and share_record(made.call, call):
            note = f"{made.call.name} on the same record made {call.name} impossible"
            return Cause(names.ORDER, case.evidence(made.place, note))
    missed = case.missed_look_ups(call)
    if missed:
        return Cause(names.LOOKING_UP, case.evidence(place, f"{missed[0].name} was never made for it"))
    return refused


def _blocker(case: Case, edit: Insert) -> Made | None:
    """A call on the same record, behind which the assistant says that something is no longer possible."""
    for made in case.own_writes:
        is_behind = made.place.message > edit.after and share_record(made.call, edit.call)
        if is_behind and _was_impossible_after(case, made.place):
            return made
    return None


def _was_impossible_after(case: Case, place: Place) -> bool:
    for number in case.episode.statements:
        text = str(case.episode.trajectory.messages[number].get("content") or "").lower()
        if number > place.message and any(word in text for word in _IMPOSSIBLE):
            return True
    return False
