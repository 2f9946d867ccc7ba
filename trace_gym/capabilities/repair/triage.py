"""Whose fault a failure is: the agent's, the user's, the evaluator's, or that of what both ran on.

A simulated user leaves its script, ends the conversation while something is being done for it, or asks for what the
evaluator then takes for wrong. Of such a failure nothing can be learned about the agent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trace_gym.capabilities.attempt import is_identifier, mentions, normal
from trace_gym.capabilities.repair.asked import asked_for, asked_for_by_name, asks_for
from trace_gym.capabilities.repair.case import subject_of
from trace_gym.capabilities.repair.changes import changes
from trace_gym.capabilities.repair.edits import ABSENT, Drop, Edit, Insert, SetArgument
from trace_gym.capabilities.repair.episode import Episode
from trace_gym.capabilities.repair.observed import Observed
from trace_gym.capabilities.repair.search import NOT_EXECUTABLE, PASSES, REFERENCE_FAILS, Verdict
from trace_gym.env.types import Json, ToolCall
from trace_gym.trajectories.places import call_at

AGENT = "agent"
"""The agent could have passed."""
USER = "user"
"""The simulated user made that impossible, or asked for something else."""
EVALUATOR = "evaluator"
"""The reference is wrong, or today's evaluator passes the episode."""
INFRASTRUCTURE = "infrastructure"
"""The rollout broke off."""
UNKNOWN = "unknown"
"""Nothing can be said."""
PASSES_TODAY = "the evaluator passes the same episode today"
"""Why an evaluator is at fault whose log says that the episode failed."""

_GO_AHEAD = re.compile(r"\b(go ahead|proceed|please do|yes,? please|let's do (it|that)|sounds perfect)\b", re.I)
_DECLINES = re.compile(
    r"\b(without (making )?any change|no need to|never ?mind|leave it as it|don't (change|bother)|keep it as is)", re.I
)
_USER_ID = re.compile(r"\b[a-z]+_[a-z]+_\d{4}\b")
_HAS_NONE = re.compile(r"\b(don't|do not|can't|cannot) (have|know|remember|recall|find)\b", re.I)
_USER_NAME = re.compile(r"\buser[ _-]?(id|name)\b", re.I)
_RECORD = re.compile(r"\b(reservation|booking|confirmation|order|ticket)\b", re.I)
_END = re.compile(r"###\w+###")
_LAST_WORDS = 3
"""How many of the user's last messages say what it wants in the end."""


@dataclass(frozen=True)
class Fault:
    """Whose fault a failure is.

    Example:
        >>> Fault(AGENT).reason
        ''
    """

    side: str
    """`agent`, `user`, `evaluator`, `infrastructure`, or `unknown`."""
    reason: str = ""
    """Why it is not the agent's, in one sentence."""
    message: int | None = None
    """The message that shows it."""


def fault_of(episode: Episode, verdict: Verdict) -> Fault:
    """Returns whose fault a failure is.

    Args:
        episode: The failed episode.
        verdict: What repair found.
    """
    if episode.trajectory.error:
        return Fault(INFRASTRUCTURE, f"the rollout broke off: {episode.trajectory.error}")
    if verdict.status == REFERENCE_FAILS:
        return Fault(EVALUATOR, "the reference itself does not pass")
    if verdict.status == PASSES:
        return Fault(EVALUATOR, PASSES_TODAY)
    if verdict.status == NOT_EXECUTABLE or not verdict.edits:
        return Fault(UNKNOWN, verdict.reason)
    return next(_users(episode, verdict.edits), Fault(AGENT))


def _users(episode: Episode, edits: Sequence[Edit]) -> Iterator[Fault]:
    """Yields what the user did that no agent could have made good: every edit of a repair is necessary."""
    inserts = [edit for edit in edits if isinstance(edit, Insert) and edit.requestor == "assistant"]
    if inserts:
        # an assistant that has tried in vain has had its chance
        if not _were_tried(episode, inserts):
            yield from _left(episode)
        yield from _declined(episode)
        yield from _withheld(episode)
    for edit in edits:
        if isinstance(edit, SetArgument):
            yield from _asked_otherwise(episode, edit)
    dropped = [edit for edit in edits if isinstance(edit, Drop)]
    asked = [fault for edit in dropped for fault in _asked_for_more(episode, edit)]
    # one that nobody asked for is the agent's
    if len(asked) == len(edits):
        yield from asked


def _asked_for_more(episode: Episode, edit: Drop) -> Iterator[Fault]:
    """The user asked for an operation of a kind that its script does not speak of."""
    call = call_at(episode.trajectory.messages, edit.place)
    script = episode.trajectory.script
    if not script or edit.place in episode.refused or not episode.is_write(call.name, "assistant"):
        return
    observed = Observed(episode.trajectory, edit.place.message)
    if asked_for(observed, call.name, subject_of(call)) and not asks_for(script, call.name):
        yield Fault(USER, f"the user asked for {call.name}, of which its script does not speak", edit.place.message)


def _were_tried(episode: Episode, inserts: Sequence[Insert]) -> bool:
    """Whether one of the calls had been made and refused."""
    tried = {call_at(episode.trajectory.messages, place).name for place in episode.refused}
    return any(edit.call.name in tried for edit in inserts)


def _withheld(episode: Episode) -> Iterator[Fault]:
    """The user says that it does not have what its script gives it, and never gives it."""
    messages = episode.trajectory.messages
    said = " ".join(str(message.get("content") or "") for message in messages if message["role"] == "user")
    for name in _USER_ID.findall(episode.trajectory.script):
        if name in said or Observed(episode.trajectory, len(messages)).was_read(name):
            continue
        for number in range(1, len(messages)):
            answer = _text(messages[number])
            question = _text(messages[number - 1])
            is_answer = messages[number]["role"] == "user" and messages[number - 1]["role"] == "assistant"
            if is_answer and _USER_NAME.search(question) and _has_no_name(answer):
                yield Fault(USER, f"the user withheld {name}, which its script gives it", number)


def _text(message: Mapping[str, Json]) -> str:
    """What a message says, with plain apostrophes."""
    return str(message.get("content") or "").replace("\u2019", "'")


def _has_no_name(answer: str) -> bool:
    """Whether a user says that it does not have its name, or all that was asked for; not just an order's number."""
    for sentence in re.split(r"[.!?]", answer):
        if _HAS_NONE.search(sentence) and (_USER_NAME.search(sentence) or not _RECORD.search(sentence)):
            return True
    return False


def _left(episode: Episode) -> Iterator[Fault]:
    """The user ends the conversation in the message that asks for something to be done."""
    messages = episode.trajectory.messages
    last = len(messages) - 1
    if last >= 0 and messages[last]["role"] == "user":
        text = _text(messages[last])
        if _END.search(text) and _GO_AHEAD.search(_END.sub("", text)):
            yield Fault(USER, "the user ended the conversation while asking to go ahead", last)


def _declined(episode: Episode) -> Iterator[Fault]:
    """The user says in the end that nothing is to be done."""
    own = [number for number, message in enumerate(episode.trajectory.messages) if message["role"] == "user"]
    for number in own[-_LAST_WORDS:]:
        if _DECLINES.search(_text(episode.trajectory.messages[number])):
            yield Fault(USER, "the user declined what the evaluator expects", number)


def _asked_otherwise(episode: Episode, edit: SetArgument) -> Iterator[Fault]:
    """The user named what the agent took, and not what the evaluator expects."""
    call = call_at(episode.trajectory.messages, edit.place)
    observed = Observed(episode.trajectory, edit.place.message)
    for one, two in changes(call.arguments.get(edit.name, ABSENT), edit.value):
        if two == ABSENT:
            continue
        if one == ABSENT:
            if is_identifier(two) and _others_were_named(observed, call.arguments.get(edit.name), two):
                yield Fault(USER, f"the user never asked for {two}, as the evaluator expects", edit.place.message)
            continue
        if observed.contradicts(one, two):
            reason = f"the records say {one!r}, as was taken; the evaluator expects {two!r}, which appears in no record"
            yield Fault(EVALUATOR, reason, edit.place.message)
        if "payment" in edit.name and _is_any_payment(episode, observed, one, two):
            reason = f"nothing that the user was told speaks for {two}, which the evaluator expects; it agreed to {one}"
            yield Fault(EVALUATOR, reason, edit.place.message)
        is_record = call.arguments.get(edit.name) == one == subject_of(call)
        is_users = is_record and (_is_users_record(observed, one, two) or _was_ordered(observed, call, str(two)))
        if is_users or _is_users_choice(observed, one, two):
            yield Fault(USER, f"the user asked for {one!r}, the evaluator expects {two!r}", edit.place.message)


def _is_any_payment(episode: Episode, observed: Observed, one: Json, two: Json) -> bool:
    """Whether the user was told of no way to pay, and was asked about the one that was taken."""
    script = normal(episode.trajectory.script)
    if not is_identifier(one) or not is_identifier(two) or not script.strip() or mentions(script, str(two)):
        return False
    ones, twos = (re.sub(r"[^a-z]+", " ", str(value).lower()).strip() for value in (one, two))
    return bool(ones and twos) and mentions(observed.told, ones) and not mentions(script, twos)


def _others_were_named(observed: Observed, given: Json, missing: Json) -> bool:
    """Whether the user named the records that were given, and not the one that is missing."""
    names = _names(observed, missing)
    if not names or _any_said(observed.said, names) or not isinstance(given, list):
        return False
    return bool(given) and all(_any_said(observed.said, _names(observed, value)) for value in given)


def _any_said(said: str, names: set[str]) -> bool:
    """Whether words name one of several things, in the singular or the plural."""
    return any(mentions(said, name) or mentions(said, f"{name}s") for name in names)


def _is_users_record(observed: Observed, one: Json, two: Json) -> bool:
    """Whether the user named the record that a call is about, and not the other one, of which it had been told."""
    return observed.was_said(one) and mentions(observed.told, str(two)) and not observed.was_said(two)


def _was_ordered(observed: Observed, call: ToolCall, other: str) -> bool:
    """Whether the user asked for just this operation on the record that a call is about, and not on another."""
    own = subject_of(call)
    return asked_for_by_name(observed, call.name, own) and not asked_for_by_name(observed, call.name, other)


def _is_users_choice(observed: Observed, one: Json, two: Json) -> bool:
    """Whether the user chose the value that was taken, and could have chosen the one that is expected.

    A user who only confirms what the assistant proposed has chosen nothing.
    """
    if is_identifier(two):
        ones, twos = _words(observed, one), _words(observed, two)
    elif len(normal(str(one)).split()) > 1:
        ones, twos = {str(one)}, {str(two)}
    else:
        # a single word or number that the user said need not have been meant for this
        return False
    if not _any_said(observed.said, ones - twos) or _any_said(observed.said, twos - ones):
        return False
    return _any_said(observed.told, twos - ones)


def _names(observed: Observed, value: Json) -> set[str]:
    """What the records that a value names are called."""
    names = set()
    for record in observed.records_of(value):
        name = record.get("name") or record.get("title")
        if isinstance(name, str) and name:
            names.add(name)
    return names


def _words(observed: Observed, value: Json) -> set[str]:
    """The texts that describe the records that a value names, numbers and identifiers left out."""
    words = set()
    for record in observed.records_of(value):
        for own in _texts(record):
            if not is_identifier(own) and normal(own).strip():
                words.add(own)
    return words


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for own in value.values():
            yield from _texts(own)
