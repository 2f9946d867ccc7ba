"""What it shows that a call should not have been made."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trace_gym.capabilities.attempt import HANDING_OVER, identifiers, is_identifier, normal
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.alignment import canonical
from trace_gym.capabilities.repair.case import Case, Cause, shape, share_record, subject_of
from trace_gym.capabilities.repair.edits import Drop
from trace_gym.env.types import ToolCall
from trace_gym.trajectories.places import Place

_SHORT = 2
"""Letters of a word that says nothing, such as `of`."""


def causes_of_drop(case: Case, edit: Drop) -> Iterator[Cause]:
    """Yields the capabilities that would have kept the assistant from a call.

    Args:
        case: The repaired episode.
        edit: The call that is left out.
    """
    call = case.call_at(edit.place)
    where = case.evidence(edit.place, f"{call.name} should not have been called: the reference is without it")
    replaced = [one for one in case.inserted if share_record(one.call, call) and not _is_needed(case, call)]
    if edit.place in case.episode.refused and case.invented(edit.place):
        yield Cause(names.GROUNDING, case.evidence(edit.place, f"{case.invented(edit.place)} was never read or said"))
    elif edit.place in case.episode.refused:
        is_early = not case.was_looked_up(edit.place, call) and _is_looked_up_after_all(case, call)
        yield Cause(names.CHECKING if is_early else names.RECOVERY, where)
    elif not case.is_write(call):
        yield Cause(names.FINISHING, where)
    elif call.name in HANDING_OVER:
        yield Cause(names.NO_NEEDLESS_ESCALATION, where)
    elif replaced and not _was_asked_for(case, edit.place, call, replaced[0].call):
        note = f"{replaced[0].call.name} was right for this record, not {call.name}"
        yield Cause(names.TOOL_CHOICE, case.evidence(edit.place, note))
    elif _is_repeated(case, edit.place, call):
        yield Cause(names.NO_REPETITION, where)
    elif not case.was_looked_up(edit.place, call):
        yield Cause(names.CHECKING, where)
        if case.is_forbidden(edit.place):
            yield case.forbidden(edit.place)
    elif case.is_forbidden(edit.place):
        yield case.forbidden(edit.place)
    else:
        yield Cause(names.RESTRAINT, where)


def _is_needed(case: Case, call: ToolCall) -> bool:
    """Whether the reference uses the same tool on the record, too."""
    return any(one.call.name == call.name and share_record(one.call, call) for one in case.solution.calls)


def _was_asked_for(case: Case, place: Place, made: ToolCall, wanted: ToolCall) -> bool:
    """Whether the user had spoken of what was done, in words of the tool's name that the right tool's has not."""
    # what the records themselves are called says nothing about what is done to them
    records = {word for name, _ in identifiers(dict(made.arguments)) for word in name.split("_")}
    words = set(made.name.split("_")) - set(wanted.name.split("_")) - records
    others = {shape(subject_of(made))}
    for sentence in case.observed_before(place).sentences:
        named = {word for word in re.findall(r"[#\w]+", sentence) if is_identifier(word) and shape(word) in others}
        # what is said of another record says nothing of this one
        if named and subject_of(made) not in named:
            continue
        if any(f" {word.rstrip('s')}" in normal(sentence) for word in words if len(word) > _SHORT):
            return True
    return False


def _is_repeated(case: Case, place: Place, call: ToolCall) -> bool:
    """Whether the same call was made before."""
    wanted = canonical(dict(call.arguments))
    for made in case.own:
        if made.place < place and made.call.name == call.name and canonical(dict(made.call.arguments)) == wanted:
            return True
    return False


def _is_looked_up_after_all(case: Case, call: ToolCall) -> bool:
    """Whether a look-up names the record, be it one that the repair makes."""
    inserted = [one for one in case.inserted if not case.episode.is_write(one.call.name, one.requestor)]
    return bool(case.look_ups_of(call)) or any(share_record(one.call, call) for one in inserted)
