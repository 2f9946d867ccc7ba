"""What is asked about a repaired episode in order to name causes: its records, what was done to them, what was read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from trace_gym.capabilities.attempt import (
    HANDING_OVER,
    identifier_values,
    identifiers,
    mentions,
    normal,
)
from trace_gym.capabilities.labels import Evidence
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.repair.alignment import Made, canonical
from trace_gym.capabilities.repair.asked import asks_for
from trace_gym.capabilities.repair.edits import Drop, Edit, Insert, SetArgument, Unsay
from trace_gym.capabilities.repair.episode import Episode
from trace_gym.capabilities.repair.observed import Observed, leaves_of
from trace_gym.env.types import Json, ToolCall
from trace_gym.trajectories.execution import Ruling
from trace_gym.trajectories.places import Place, call_at
from trace_gym.trajectories.solution import Solution


@dataclass(frozen=True)
class Cause:
    """A capability whose lack a repair shows.

    Example:
        >>> Cause("structured_selection", Evidence(message=4)).evidence.message
        4
    """

    capability: str
    """One of `names`."""
    evidence: Evidence
    """Where."""


class Case:
    """A failed episode, its repair, and the reference.

    Example:
        >>> from trace_gym.trajectories.record import Trajectory
        >>> episode = Episode(Trajectory("shop", "7", [], 0.0, False), lambda name, requestor: True)
        >>> Case(episode, [], Solution(())).did_nothing
        True
    """

    def __init__(
        self,
        episode: Episode,
        edits: Sequence[Edit],
        solution: Solution,
        rulings: Mapping[Place, Ruling] = MappingProxyType({}),
    ) -> None:
        """Puts them together.

        Args:
            episode: The failed episode.
            edits: Its repair.
            solution: The reference.
            rulings: What the target's guidelines say of the calls of the episode.
        """
        self.rulings = rulings
        self.episode = episode
        self.solution = solution
        self.inserted = [edit for edit in edits if isinstance(edit, Insert)]
        self.dropped = [edit.place for edit in edits if isinstance(edit, Drop)]
        self.edited = [edit for edit in edits if isinstance(edit, SetArgument)]
        self.unsaid = [edit.message for edit in edits if isinstance(edit, Unsay)]

    @property
    def edits_operations(self) -> bool:
        """Whether the repair does something else to the records."""
        inserted = any(self.is_write(one.call) for one in self.inserted)
        return bool(self.dropped or self.edited) or inserted

    # --- calls ---

    def set_at(self, place: Place) -> dict[str, Json]:
        """Returns the arguments that the repair sets in a call, by name.

        Args:
            place: Where the call stands.
        """
        return {edit.name: edit.value for edit in self.edited if edit.place == place}

    def call_at(self, place: Place) -> ToolCall:
        """Returns a call of the episode.

        Args:
            place: Where it stands.
        """
        return call_at(self.episode.trajectory.messages, place)

    def evidence(self, place: Place, note: str) -> Evidence:
        """Returns a call as evidence.

        Args:
            place: Where it stands.
            note: What it shows.
        """
        count = 0
        for message in self.episode.trajectory.messages[: place.message]:
            if message["role"] == "assistant":
                count += len(message.get("tool_calls") or [])
        return Evidence(place.message, count + place.call, note)

    def observed_before(self, place: Place) -> Observed:
        """Returns what had been read and said before a call.

        Args:
            place: Where it stands.
        """
        return Observed(self.episode.trajectory, place.message)

    def invented(self, place: Place) -> str:
        """Returns an identifier in a call that had neither been read nor said; or nothing.

        Args:
            place: Where the call stands.
        """
        observed = self.observed_before(place)
        for value in sorted(identifier_values([self.call_at(place)])):
            if not observed.was_read(value) and not observed.was_said(value):
                return value
        return ""

    def was_made(self, value: Json, place: Place) -> bool:
        """Returns whether a value names a record that the assistant itself had made, such as a new booking.

        Args:
            value: The value.
            place: Where the call stands that names it.
        """
        if not isinstance(value, str) or " " in value:
            return False
        made = {one.place.message for one in self.own_writes if one.place.message < place.message}
        messages = self.episode.trajectory.messages
        for number, message in enumerate(messages[: place.message]):
            if message["role"] != "assistant" and mentions(normal(str(message.get("content") or "")), str(value)):
                # where it is named first
                return message["role"] == "tool" and _turn_before(messages, number) in made
        return False

    @cached_property
    def own(self) -> list[Made]:
        """The calls of the assistant that were not refused."""
        return [made for made in self.episode.made if made.requestor == "assistant"]

    @cached_property
    def own_writes(self) -> list[Made]:
        """Those that change anything, handing over left out."""
        return [made for made in self.own if made.is_write and made.call.name not in HANDING_OVER]

    @property
    def did_nothing(self) -> bool:
        """Whether the assistant changed nothing."""
        return not self.own_writes

    @property
    def handed_over(self) -> bool:
        """Whether the assistant handed the user over though the reference does not."""
        hands = any(made.call.name in HANDING_OVER for made in self.own)
        return hands and not any(wanted.call.name in HANDING_OVER for wanted in self.solution.calls)

    @property
    def never_ended(self) -> bool:
        """Whether the last that the assistant did was to look something up, of which nobody heard."""
        messages = self.episode.trajectory.messages
        last = max((n for n, message in enumerate(messages) if message["role"] == "assistant"), default=-1)
        return bool(self.own) and self.own[-1].place.message == last and not self.own[-1].is_write

    def is_write(self, call: ToolCall) -> bool:
        """Returns whether a call of the assistant's changes anything.

        Args:
            call: The call.
        """
        return self.episode.is_write(call.name, "assistant")

    # --- guidelines ---

    def is_forbidden(self, place: Place, argument: str = "") -> bool:
        """Returns whether the guidelines forbid a call that was made.

        Args:
            place: Where the call stands.
            argument: The one whose value breaks them; empty where the call itself does.
        """
        ruling = self.rulings.get(place)
        return ruling is not None and bool(ruling.forbids) and ruling.argument == argument

    def forbidden(self, place: Place) -> Cause:
        """Returns what a call that the guidelines forbid shows to be lacking.

        Args:
            place: Where the call stands.
        """
        note = f"{self.call_at(place).name} breaks the guidelines: {self.rulings[place].forbids}"
        return Cause(names.RESTRAINT, self.evidence(place, note))

    # --- records ---

    def is_touched(self, record: str) -> bool:
        """Returns whether any call of the assistant's names a record.

        Args:
            record: Its identifier.
        """
        return record in identifier_values(made.call for made in self.own)

    def had_to_be_found(self, call: ToolCall) -> bool:
        """Returns whether an operation is what looking for a fault together brings to light, which nobody asks for.

        Args:
            call: The operation.
        """
        if not any(one.requestor == "user" for one in self.solution.calls):
            return False
        trajectory = self.episode.trajectory
        said = Observed(trajectory, len(trajectory.messages)).sentences
        spoken = [*re.split(r"[.!?\n]+", trajectory.script), *said]
        things = call.name.split("_")[1:]
        return not any(asks_for(text, call.name) and any(word in text.lower() for word in things) for text in spoken)

    def can_be_asked_for(self, value: str) -> bool:
        """Returns whether the user could have told a value, as far as anybody knows.

        Args:
            value: The value.
        """
        script = self.episode.trajectory.script
        return not script or mentions(normal(script), value)

    def unread_values(self, call: ToolCall) -> list[str]:
        """Returns the texts in a call, such as addresses, that stand in no result and that the user never said.

        Args:
            call: The call.
        """
        observed = Observed(self.episode.trajectory, len(self.episode.trajectory.messages))
        # neither words, which a schema may list, nor identifiers
        texts = [text for _, text in leaves_of(dict(call.arguments)) if " " in text and any(map(str.isdigit, text))]
        return [text for text in texts if not observed.was_read(text) and not observed.was_said(text)]

    def touched_instead(self, record: str) -> str:
        """Returns a record of the same shape that the assistant named and the reference does not; or nothing.

        Args:
            record: The identifier of the record that was meant.
        """
        wanted = identifier_values(one.call for one in self.solution.calls)
        for made in self.own:
            # in the order of the arguments, which a set would not keep
            for _, value in identifiers(dict(made.call.arguments)):
                if value not in wanted and shape(value) == shape(record):
                    return value
        return ""

    def was_worked_on(self, record: str) -> bool:
        """Returns whether the assistant changed a record, or looked at it more than once.

        One that was read once may have been seen not to be the one that is meant.

        Args:
            record: Its identifier.
        """
        calls = [made for made in self.own if record in identifier_values([made.call])]
        return len(calls) > 1 or any(made.is_write for made in calls)

    def done_instead(self, call: ToolCall) -> Made | None:
        """Returns another operation on a record of a call, which the reference does not make; it may do no harm.

        Args:
            call: A call that was left out.
        """
        names_there = {one.call.name for one in self.solution.calls}
        for made in self.own_writes:
            if made.call.name not in names_there and share_record(made.call, call):
                return made
        return None

    def touched_besides(self, record: str) -> bool:
        """Returns whether the assistant worked on another record that is written like this one.

        Args:
            record: The identifier of the record.
        """
        others = identifier_values(made.call for made in self.own) - {record}
        return any(shape(other) == shape(record) for other in others)

    def look_ups_of(self, call: ToolCall) -> list[Made]:
        """Returns the look-ups that name a record of a call.

        Args:
            call: The call.
        """
        records = identifier_values([call])
        return [made for made in self.own if not made.is_write and records & identifier_values([made.call])]

    def was_looked_up(self, place: Place, call: ToolCall) -> bool:
        """Returns whether a look-up that names a record of a call came before it.

        Args:
            place: Where the call stands.
            call: The call.
        """
        records = identifier_values([call])
        if not records or any(made.place < place for made in self.look_ups_of(call)):
            return True
        # whoever has just made a record has read what was made
        return any(self.was_made(record, place) for record in records)

    def missed_look_ups(self, call: ToolCall | None = None) -> list[ToolCall]:
        """Returns look-ups of the reference that the assistant never made.

        Args:
            call: Only those that name a record of this call.
        """
        made = {(one.call.name, canonical(dict(one.call.arguments))) for one in self.own}
        missed = []
        for wanted in self.solution.calls:
            is_look_up = wanted.requestor == "assistant" and not self.is_write(wanted.call)
            key = (wanted.call.name, canonical(dict(wanted.call.arguments)))
            if is_look_up and identifier_values([wanted.call]) and key not in made:
                missed.append(wanted.call)
        if call is None:
            return missed
        return [one for one in missed if identifier_values([one]) & identifier_values([call])]


def _turn_before(messages: Sequence[Mapping[str, Json]], number: int) -> int:
    """The assistant's message whose calls a result answers."""
    return max((own for own in range(number) if messages[own]["role"] == "assistant"), default=-1)


def subject_of(call: ToolCall) -> str:
    """Returns the record that a call is about: the first that it names, users and means of payment left out.

    Args:
        call: The call.

    Example:
        >>> subject_of(ToolCall("pay", {"user_id": "mia_123", "order_id": "W12"}))
        'W12'
    """
    return next(_subjects(call), "")


def share_record(one: ToolCall, two: ToolCall) -> bool:
    """Returns whether two calls name the same record, users and means of payment left out.

    Args:
        one: A call.
        two: Another call.
    """
    return bool(set(_subjects(one)) & set(_subjects(two)))


def shape(identifier: str) -> str:
    """Returns how an identifier is written: `W12` and `W77` alike, and any two codes such as `OBUT9V` and `Q0ZF0J`.

    Args:
        identifier: The identifier.

    Example:
        >>> shape("W12") == shape("W7"), shape("W12") == shape("I12"), shape("OBUT9V") == shape("Q0ZF0J")
        (True, False, True)
    """
    # of a code such as `EHGLP3`, that its one digit comes last says nothing
    is_code = re.fullmatch(r"[A-Z0-9]{5,8}", identifier) and sum(map(str.isdigit, identifier)) < len(identifier) / 2
    if not is_code and re.fullmatch(r"[^0-9]*[0-9]+", identifier):
        return identifier.rstrip("0123456789") + "0"
    return f"a code of {len(identifier)}"


def _subjects(call: ToolCall) -> Iterator[str]:
    for name, value in identifiers(dict(call.arguments)):
        # they stand in too many calls to tell one from another
        if not any(word in name for word in ("user", "customer", "payment")):
            yield value
