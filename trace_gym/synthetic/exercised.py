"""Whether an episode exercised a capability: one predicate for each, on what was called and said and on the solution.

They follow the rules by which identification labels attempts, so that what is rewarded is what was found lacking.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from trace_gym.env.episode import CallRecord, Episode, statements
from trace_gym.env.facts import Fact
from trace_gym.env.task import Task
from trace_gym.env.types import Json, ToolCall
from trace_gym.synthetic.texts import key_of

_OTHER_VALUES = 1
"""Values of a record that may be told besides the one that was asked for: one may well explain it."""


def subject(call: ToolCall) -> str:
    """Returns the record that a call is about: its first textual argument with a digit; empty if there is none.

    Args:
        call: Any call.

    Example:
        >>> subject(ToolCall("set_shipping", {"order_id": "W12", "speed": "express"}))
        'W12'
    """
    for value in call.arguments.values():
        if isinstance(value, str) and any(map(str.isdigit, value)):
            return value
    return ""


def is_refused(call: ToolCall, state: Mapping[str, Json]) -> bool:
    """Returns whether a state refuses a call.

    Args:
        call: Any call.
        state: The state of an emitted environment.
    """
    return f"{call.name}({key_of(call.arguments)})" in state["refusals"]


def several_steps(episode: Episode) -> float:
    """Returns the share of the later records that were dealt with; the first alone is worth nothing.

    A record is dealt with when a write of the solution's tool went through for it, whatever its other arguments, or,
    where the solution only reads it, when it was read.

    Args:
        episode: A finished episode.
    """
    tools_by_subject: dict[str, set[str]] = {}
    for call in _of_the_main_kind(episode):
        tools_by_subject.setdefault(subject(call), set())
        if _is_write(episode, call) and not is_refused(call, episode.task.state):
            tools_by_subject[subject(call)].add(call.name)

    accepted = [record.call for record in episode.calls if not record.error]
    done = 0
    for name, tools in tools_by_subject.items():
        made = {call.name for call in accepted if subject(call) == name}
        # without a write of the solution's, reading is all there is to do
        if tools:
            made &= tools
        done += bool(made)
    return max(0, done - 1) / max(1, len(tools_by_subject) - 1)


def recovered(episode: Episode) -> float:
    """Returns the share of the solution's refused calls after which the solution's next call for the record was made.

    Args:
        episode: A finished episode.
    """
    refused: list[ToolCall] = []
    remedies: list[ToolCall] = []
    for call in episode.task.gold_calls:
        if is_refused(call, episode.task.state):
            refused.append(call)
        else:
            remedies.append(call)
    mended = sum(_is_mended(call, remedies, episode.calls) for call in refused)
    return mended / max(1, len(refused))


def _is_mended(refused: ToolCall, remedies: Sequence[ToolCall], records: Sequence[CallRecord]) -> bool:
    """Whether a refusal was met, and one of the remedies made after it for the same record."""
    wanted = [key_of(call.arguments) for call in remedies if _is_same_deed(call, refused)]
    was_refused = False
    for record in records:
        if not _is_same_deed(record.call, refused):
            continue
        if record.error:
            was_refused = True
        elif was_refused and key_of(record.call.arguments) in wanted:
            return True
    return False


def looked_first(episode: Episode) -> float:
    """Returns the share of the solution's records that were read before any write, and not written to if it does not.

    Args:
        episode: A finished episode.
    """
    names = list(dict.fromkeys(_read_subjects(episode)))
    good = 0
    for name in names:
        written = any(subject(call) == name and _is_write(episode, call) for call in episode.task.gold_calls)
        good += _is_read_first(episode, name, may_write=written)
    return good / max(1, len(names))


def reported(episode: Episode) -> float:
    """Returns the share of the facts that were told after a look-up showed them, and without the rest of the record.

    Args:
        episode: A finished episode.
    """
    sentences = statements("\n".join(episode.said))
    subjects = {fact.about for fact in episode.task.facts if fact.about}
    told = 0
    for fact in episode.task.facts:
        records = _records_with(fact, episode)
        is_told = bool(records) and fact.stated_in(sentences, subjects)
        told += is_told and not _is_dump(fact, records, sentences, episode.task)
    return told / max(1, len(episode.task.facts))


def chosen(episode: Episode) -> float:
    """Returns the share of the solution's writes that were made, with the solution's arguments, after some look-up.

    Args:
        episode: A finished episode.
    """
    wanted = []
    for call in episode.task.gold_calls:
        if _is_write(episode, call) and not is_refused(call, episode.task.state):
            wanted.append((call.name, key_of(call.arguments)))

    made = []
    has_read = False
    for record in episode.calls:
        has_read = has_read or (record.kind == "read" and not record.error)
        if has_read and not record.error:
            made.append((record.call.name, key_of(record.call.arguments)))
    return sum(call in made for call in wanted) / max(1, len(wanted))


EXERCISED: dict[str, Callable[[Episode], float]] = {
    "multi_step": several_steps,
    "error_recovery": recovered,
    "precondition_check": looked_first,
    "result_reporting": reported,
    "structured_selection": chosen,
    "argument_grounding": chosen,
}
"""The predicates by archetype."""


def json_of(record: CallRecord) -> Json:
    """Returns a result parsed as JSON, or the text itself.

    Args:
        record: An executed call.
    """
    try:
        return json.loads(record.result)
    except ValueError:
        return record.result


def _is_write(episode: Episode, call: ToolCall) -> bool:
    return str(episode.task.private["kinds"].get(call.name)) == "write"


def _read_subjects(episode: Episode) -> Iterator[str]:
    for call in _of_the_main_kind(episode):
        if not _is_write(episode, call):
            yield subject(call)


def _of_the_main_kind(episode: Episode) -> list[ToolCall]:
    """The solution's calls about records of the kind, that is the argument, of which it names most."""
    subjects_by_argument: dict[str, set[str]] = {}
    for call in episode.task.gold_calls:
        for argument, value in call.arguments.items():
            if value == subject(call):
                subjects_by_argument.setdefault(argument, set()).add(value)
    main = max(subjects_by_argument, key=lambda name: len(subjects_by_argument[name]), default="")
    return [call for call in episode.task.gold_calls if call.arguments.get(main) == subject(call) != ""]


def _is_same_deed(first: ToolCall, second: ToolCall) -> bool:
    return first.name == second.name and subject(first) == subject(second)


def _is_read_first(episode: Episode, name: str, *, may_write: bool) -> bool:
    has_read = False
    for record in episode.calls:
        if name not in map(str, record.call.arguments.values()):
            continue
        if record.kind == "write" and not (has_read and may_write):
            return False
        has_read = has_read or (record.kind == "read" and not record.error)
    return has_read


def _records_with(fact: Fact, episode: Episode) -> list[dict[str, Json]]:
    """The records that were looked up, of what the fact is about, and that show its value."""
    found: list[dict[str, Json]] = []
    for record in episode.calls:
        value = json_of(record)
        if record.error or record.kind != "read" or not isinstance(value, dict):
            continue
        is_about = fact.about in ("", *map(str, record.call.arguments.values()))
        if is_about and fact.value in map(str, value.values()):
            found.append(value)
    return found


def _is_dump(fact: Fact, records: Sequence[Mapping[str, Json]], sentences: Sequence[str], task: Task) -> bool:
    """Whether values were told that nobody had asked for: another number of the record, or more than one in all."""
    subjects = {other.about for other in task.facts if other.about}
    asked = {other.value for other in task.facts}
    others = 0
    for record in records:
        for value in record.values():
            is_scalar = isinstance(value, (str, int, float))
            if (
                is_scalar
                and str(value) not in asked
                and Fact(str(value), (), fact.about).stated_in(sentences, subjects)
            ):
                others += 1 + (not isinstance(value, str))
    return others > _OTHER_VALUES
