"""The capability that each edit of a repair shows to be lacking.

The kind of the edit decides, and what the assistant could have known where it is made: whether it had read the right
value, whether the user had named it, whether it stood beside the wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trace_gym.capabilities.attempt import identifiers, is_identifier, mentions, normal
from trace_gym.capabilities.labels import Evidence
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.alignment import Made, canonical, differences
from trace_gym.capabilities.repair.changes import changes
from trace_gym.capabilities.repair.edits import (
    ABSENT,
    Close,
    Cut,
    Drop,
    Edit,
    Finish,
    Insert,
    Move,
    Place,
    Say,
    SetArgument,
    Unsay,
)
from trace_gym.capabilities.repair.episode import Episode
from trace_gym.capabilities.repair.observed import Observed
from trace_gym.env.types import Json, ToolCall

_IMPOSSIBLE = ("no longer", "cannot", "can't", "unable", "not possible", "unfortunately")


@dataclass(frozen=True)
class Cause:
    """A capability whose lack a repair shows.

    Example:
        >>> Cause(names.SELECTION, Evidence(message=4)).capability
        'structured_selection'
    """

    capability: str
    """One of `names`."""
    evidence: Evidence
    """Where."""


def causes_of(episode: Episode, edits: Sequence[Edit]) -> list[Cause]:
    """Names the capability behind each edit.

    Args:
        episode: The failed episode.
        edits: Its repair.

    Returns:
        The causes by place, the earliest first; each capability once.
    """
    causes = sorted(_causes(episode, edits), key=lambda cause: (cause.evidence.message is None, cause.evidence.message))
    firsts: dict[str, Cause] = {}
    for cause in causes:
        firsts.setdefault(cause.capability, cause)
    return list(firsts.values())


def _causes(episode: Episode, edits: Sequence[Edit]) -> Iterator[Cause]:
    context = _Context(episode, edits)
    if any(isinstance(edit, Cut) for edit in edits):
        yield Cause(names.STARTING, Evidence(episode.request, note="nothing of what was done led to the goal"))
        return
    for edit in edits:
        yield from context.causes(edit)


class _Context:
    def __init__(self, episode: Episode, edits: Sequence[Edit]) -> None:
        self._episode = episode
        self._edits = edits
        self._inserted = [edit for edit in edits if isinstance(edit, Insert)]
        self._dropped = [edit.place for edit in edits if isinstance(edit, Drop)]

    def causes(self, edit: Edit) -> Iterator[Cause]:
        """The capabilities that one edit shows to be lacking."""
        if isinstance(edit, SetArgument):
            yield from self._argument(edit)
        elif isinstance(edit, Drop):
            yield from self._drop(edit)
        elif isinstance(edit, Insert):
            yield from self._insert(edit)
        elif isinstance(edit, Move):
            yield self._move(edit)
        elif isinstance(edit, Say):
            yield from self._say(edit)
        elif isinstance(edit, Unsay):
            yield Cause(names.TRUTHFULNESS, Evidence(edit.message, note="what it said contradicts the records"))
        elif isinstance(edit, (Finish, Close)):
            last = len(self._episode.trajectory.messages) - 1
            yield Cause(names.FINISHING, Evidence(last, note="the episode did not come to its end"))

    # --- what was done too much ---

    def _drop(self, edit: Drop) -> Iterator[Cause]:
        call = self._call_at(edit.place)
        where = Evidence(edit.place.message, self._number(edit.place), f"{call.name} should not have been called")
        if edit.place in self._episode.refused:
            is_early = not self._was_looked_up(edit.place, call) and self._is_looked_up_now(call)
            yield Cause(names.CHECKING if is_early else names.RECOVERY, where)
            return
        if not self._episode.is_write(call.name, "assistant"):
            yield Cause(names.FINISHING, where)
            return
        if call.name in names.HANDING_OVER:
            yield Cause(names.NO_NEEDLESS_ESCALATION, where)
            return
        replaced = [one for one in self._inserted if _share_record(one.call, call)]
        if replaced:
            note = f"{replaced[0].call.name} was right for this record, not {call.name}"
            yield Cause(names.TOOL_CHOICE, Evidence(edit.place.message, where.call, note))
            return
        if self._is_repeated(edit.place, call):
            yield Cause(names.NO_REPETITION, where)
            return
        yield Cause(names.CHECKING if not self._was_looked_up(edit.place, call) else names.RESTRAINT, where)

    def _is_repeated(self, place: Place, call: ToolCall) -> bool:
        for made in self._episode.made:
            same = made.call.name == call.name and canonical(dict(made.call.arguments)) == canonical(
                dict(call.arguments)
            )
            if same and made.place < place:
                return True
        return False

    def _was_looked_up(self, place: Place, call: ToolCall) -> bool:
        """Whether a look-up that names the record came before."""
        if not list(identifiers(dict(call.arguments))):
            return True
        return any(made.place < place for made in self._look_ups_of(call))

    def _is_looked_up_now(self, call: ToolCall) -> bool:
        """Whether a look-up names the record, be it one that the repair makes."""
        inserted = [one for one in self._inserted if not self._episode.is_write(one.call.name, one.requestor)]
        return bool(self._look_ups_of(call)) or any(_share_record(one.call, call) for one in inserted)

    def _look_ups_of(self, call: ToolCall) -> list[Made]:
        records = {value for _, value in identifiers(dict(call.arguments))}
        found = []
        for made in self._episode.made:
            if not made.is_write and records & {value for _, value in identifiers(dict(made.call.arguments))}:
                found.append(made)
        return found

    # --- what was left out ---

    def _insert(self, edit: Insert) -> Iterator[Cause]:
        call = edit.call
        where = Evidence(max(edit.after, 0), note=f"{call.name} was left out")
        if edit.requestor == "user":
            yield Cause(names.GUIDANCE, Evidence(where.message, note=f"the user was not asked to use {call.name}"))
            return
        if any(_share_record(call, self._call_at(place)) for place in self._dropped):
            # told of the call that it replaces
            return
        if call.name in names.HANDING_OVER:
            yield Cause(names.ESCALATION, where)
            return
        if not self._episode.is_write(call.name, "assistant"):
            yield from self._look_up(call, where)
            return
        other = self._other_version(call)
        if other is not None:
            yield from self._values(other.place, other.call, call)
            return
        refused = self._refused_attempt(call)
        if refused is not None:
            yield self._after_refusal(refused, call)
            return
        own = [made for made in self._episode.made if made.is_write and made.requestor == "assistant"]
        before = [made for made in own if made.place.message > edit.after and _share_record(made.call, call)]
        if before and self._was_refused_in_words(before[0].place):
            note = f"{before[0].call.name} on the same record made {call.name} impossible"
            yield Cause(names.ORDER, Evidence(before[0].place.message, self._number(before[0].place), note))
            return
        did_nothing = not [made for made in own if made.call.name not in names.HANDING_OVER]
        if did_nothing and not self._handled_another(call):
            yield Cause(names.STARTING, where)
            return
        yield Cause(names.MULTI_STEP, where)

    def _look_up(self, call: ToolCall, where: Evidence) -> Iterator[Cause]:
        """A look-up that was left out: what matters is what was, or was not, done to the record."""
        if any(_share_record(one.call, call) for one in self._inserted if self._episode.is_write(one.call.name, "")):
            # told of the operation that was left out with it
            return
        was_written = any(made.is_write and _share_record(made.call, call) for made in self._episode.made)
        yield Cause(names.CHECKING if was_written else names.LOOKING_UP, where)

    def _other_version(self, call: ToolCall) -> Made | None:
        """A call of the same tool on the same record, with other values."""
        for made in self._episode.made:
            is_same = made.call.name == call.name and _subject(made.call) == _subject(call) != ""
            if is_same and made.place not in self._dropped:
                return made
        return None

    def _handled_another(self, call: ToolCall) -> bool:
        """Whether the assistant worked on another record of the same kind, and not on that of the call."""
        kinds = {name for name, value in identifiers(dict(call.arguments)) if _names_record(name)}
        own = {value for name, value in identifiers(dict(call.arguments)) if name in kinds}
        for made in self._episode.made:
            if made.requestor == "assistant":
                for name, value in identifiers(dict(made.call.arguments)):
                    if name in kinds and value not in own:
                        return not any(map(self._is_touched, own))
        return False

    def _was_refused_in_words(self, place: Place) -> bool:
        """Whether the assistant said, after a call, that something was no longer possible."""
        for number in self._episode.statements:
            text = str(self._episode.trajectory.messages[number].get("content") or "").lower()
            if number > place.message and any(word in text for word in _IMPOSSIBLE):
                return True
        return False

    def _refused_attempt(self, call: ToolCall) -> Place | None:
        """A refused call of the same tool on the same record."""
        for place in sorted(self._episode.refused):
            tried = self._call_at(place)
            if tried.name == call.name and _subject(tried) == _subject(call):
                return place
        return None

    def _after_refusal(self, place: Place, call: ToolCall) -> Cause:
        where = Evidence(place.message, self._number(place), f"{call.name} was refused, and not put right")
        observed = Observed(self._episode.trajectory, place.message)
        for _, value in identifiers(dict(self._call_at(place).arguments)):
            if not observed.was_read(value) and not observed.was_said(value):
                note = f"{value} was never read or said"
                return Cause(names.GROUNDING, Evidence(place.message, where.call, note))
        for made in self._episode.made:
            if made.is_write and made.place < place and made.call.name != call.name and _share_record(made.call, call):
                note = f"{made.call.name} on the same record made {call.name} impossible"
                return Cause(names.ORDER, Evidence(made.place.message, self._number(made.place), note))
        return Cause(names.RECOVERY, where)

    # --- what was done wrongly ---

    def _argument(self, edit: SetArgument) -> Iterator[Cause]:
        call = self._call_at(edit.place)
        yield from self._value(edit.place, call.name, edit.name, call.arguments.get(edit.name, ABSENT), edit.value)

    def _values(self, place: Place, made: ToolCall, wanted: ToolCall) -> Iterator[Cause]:
        for name in differences(made, wanted):
            yield from self._value(
                place, made.name, name, made.arguments.get(name, ABSENT), wanted.arguments.get(name, ABSENT)
            )

    def _value(self, place: Place, tool: str, name: str, old: Json, new: Json) -> Iterator[Cause]:
        observed = Observed(self._episode.trajectory, place.message)
        for one, two in changes(old, new):
            note = f"{name} of {tool} was {_short(one)}, should have been {_short(two)}"
            yield Cause(_value_capability(observed, one, two), Evidence(place.message, self._number(place), note))

    def _move(self, edit: Move) -> Cause:
        call = self._call_at(edit.place)
        note = f"{call.name} came too early"
        is_check = self._is_before_look_up(edit)
        return Cause(
            names.CHECKING if is_check else names.ORDER, Evidence(edit.place.message, self._number(edit.place), note)
        )

    def _is_before_look_up(self, edit: Move) -> bool:
        """Whether what it should have waited for is a look-up."""
        for made in self._episode.made:
            if made.place.message == edit.after:
                return not made.is_write
        return False

    def _say(self, edit: Say) -> Iterator[Cause]:
        trajectory = self._episode.trajectory
        observed = Observed(trajectory, len(trajectory.messages))
        about, _, value = edit.text.removesuffix(".").rpartition(": ")
        last = len(trajectory.messages) - 1
        told = self._told_instead(observed, value)
        if about and any(_names(self._call_at(place), about) for place in self._dropped):
            # what is to be said instead of doing it; told of what should not have been done
            return
        if about and not self._is_touched(about):
            name = names.MULTI_STEP if self._touched_like(about) else names.LOOKING_UP
            yield Cause(name, Evidence(last, note=f"{about} was not looked at"))
        elif about and self._was_written_unread(about):
            yield Cause(names.CHECKING, Evidence(last, note=f"{about} was changed without being looked up"))
        elif not observed.was_read(value):
            is_number = value.replace(".", "", 1).replace(",", "").isdigit()
            name = names.ARITHMETIC if is_number else names.LOOKING_UP
            yield Cause(name, Evidence(last, note=f"{value} stands in no result"))
        elif told:
            yield Cause(names.RIGHT_RECORD, Evidence(last, note=f"{told} of another record was told, not {value}"))
        else:
            yield Cause(names.REPORTING, Evidence(last, note=f"{value} was read, and not told"))

    def _touched_like(self, record: str) -> bool:
        """Whether any call of the assistant's names a record that is written like this one."""
        for made in self._episode.made:
            for _, value in identifiers(dict(made.call.arguments)):
                if value != record and _shape(value) == _shape(record):
                    return True
        return False

    def _is_touched(self, record: str) -> bool:
        """Whether any call of the assistant's names a record."""
        for made in self._episode.made:
            if record in {value for _, value in identifiers(dict(made.call.arguments))}:
                return True
        return False

    def _was_written_unread(self, record: str) -> bool:
        """Whether a record was changed, and no look-up names it."""
        named = []
        for made in self._episode.made:
            if record in {value for _, value in identifiers(dict(made.call.arguments))}:
                named.append(made)
        return bool(named) and all(made.is_write for made in named)

    def _told_instead(self, observed: Observed, value: str) -> str:
        """A value that was told, and stands where this one stands, in another record."""
        told = normal(" ".join(self._episode.spoken))
        for other in observed.counterparts(value):
            if mentions(told, other):
                return other
        return ""

    # --- helpers ---

    def _call_at(self, place: Place) -> ToolCall:
        function = self._episode.trajectory.messages[place.message]["tool_calls"][place.call]["function"]
        arguments = function["arguments"]
        return ToolCall(str(function["name"]), arguments if isinstance(arguments, dict) else {})

    def _number(self, place: Place) -> int:
        """The number of a call among all calls of the assistant."""
        count = 0
        for message in self._episode.trajectory.messages[: place.message]:
            if message["role"] == "assistant":
                count += len(message.get("tool_calls") or [])
        return count + place.call


def _value_capability(observed: Observed, one: Json, two: Json) -> str:
    """Which capability would have given `two` instead of `one`; either may be `ABSENT`."""
    if two == ABSENT:
        return names.RESTRAINT
    if one == ABSENT:
        return names.MULTI_STEP if observed.was_read(two) else names.GROUNDING
    if isinstance(two, (int, float)) and not isinstance(two, bool):
        if observed.was_said(two):
            return names.GROUNDING
        return names.SELECTION if observed.are_siblings(one, two) else names.ARITHMETIC
    if observed.are_siblings(one, two):
        return names.SELECTION
    if observed.was_said(two):
        return names.GROUNDING
    if is_identifier(two):
        return names.RIGHT_RECORD if observed.was_read(two) else names.LOOKING_UP
    return names.GROUNDING if observed.was_read(two) else names.POLICY_VALUE


def _names(call: ToolCall, record: str) -> bool:
    return record in {value for _, value in identifiers(dict(call.arguments))}


def _shape(identifier: str) -> str:
    """How an identifier is written: `W12` and `W77` alike."""
    return re.sub(r"[0-9]+", "0", identifier)


def _share_record(one: ToolCall, two: ToolCall) -> bool:
    """Whether two calls name the same record; the user's own identifier stands in too many calls to say so."""
    ones = {value for name, value in identifiers(dict(one.arguments)) if _names_record(name)}
    twos = {value for name, value in identifiers(dict(two.arguments)) if _names_record(name)}
    return bool(ones & twos)


def _subject(call: ToolCall) -> str:
    """The record that a call is about: the first that it names; empty if it names none."""
    for name, value in identifiers(dict(call.arguments)):
        if _names_record(name):
            return value
    return ""


def _names_record(argument: str) -> bool:
    return not any(word in argument for word in ("user", "customer", "payment"))


def _short(value: Json) -> str:
    if value == ABSENT:
        return "left out"
    return repr(value) if len(repr(value)) <= 60 else repr(value)[:57] + "..."
