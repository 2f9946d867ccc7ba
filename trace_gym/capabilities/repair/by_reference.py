"""Judging an episode by its reference alone, where the target cannot be executed.

The operations of the episode are compared with those of the reference. Who made the log may judge otherwise: by the
state that results, for which some differences do not matter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from trace_gym.capabilities.attempt import HANDING_OVER
from trace_gym.capabilities.repair.alignment import canonical
from trace_gym.env.episode import statements
from trace_gym.env.types import Json, ToolCall
from trace_gym.trajectories.execution import Execution, IsWrite
from trace_gym.trajectories.places import Place, call_at, refused_calls
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.regrade import Grade
from trace_gym.trajectories.solution import Solution, Wanted

_GLUE = {"a", "an", "the", "is", "are", "was", "to", "of", "for", "and", "or", "in", "on", "with", "we", "it", "please"}
"""Words that hold sentences together; no name and no address has them."""
_HUMAN = re.compile(r"\b(human|real person|supervisor|manager|representative|live agent|transfer me)\b", re.I)
_NO_TRANSFER = re.compile(
    r"\b(no need|don't (want|need)|do not (want|need)|without|not|no|rather not|instead of)\b[^.!?]{0,40}"
    r"\b(transfer|transferred|human|representative|supervisor)",
    re.I,
)
_SENTENCE = 4
"""Words from which on a text with words such as `the` is prose, which two authors never write alike."""


def by_reference(reference: Sequence[ToolCall], is_write: IsWrite) -> Execution:
    """Returns how an episode is judged: it passes with the reference's operations and every fact told.

    Order does not count, neither of operations nor within lists; nor do prose, and handing over besides the rest. To
    hand over is asked for only where a tool refused something, or the user wants a human being: references hand over
    where to say no would do as well.

    Args:
        reference: The assistant's calls in a solution, without those that come to nothing.
        is_write: Which tools change anything.

    Example:
        >>> cancel = ToolCall("cancel", {"order": "W1"})
        >>> execution = by_reference([cancel], lambda name, requestor: name == "cancel")
        >>> execution.grade(Trajectory("shop", "7", [], 0.0, False)).reward
        0.0
    """
    wanted = [call for call in reference if is_write(call.name, "assistant")]
    rest = [call for call in wanted if call.name not in HANDING_OVER]
    solution = Solution(tuple(map(Wanted, reference)))

    def grade(trajectory: Trajectory) -> Grade:
        made = _operations(trajectory, is_write)
        needed = wanted if _needs_handing_over(trajectory) else rest
        passes = _are_equal(made, needed) and are_told(trajectory)
        return Grade(trajectory, float(passes))

    return Execution(grade, lambda trajectory: solution, is_write)


def operation(call: ToolCall) -> tuple[str, str]:
    """Returns what two calls that do the same have in common.

    Args:
        call: The call.

    Example:
        >>> operation(ToolCall("swap", {"old": ["I2", "I1"], "new": ["I4", "I3"]}))
        ('swap', '{"new": ["I3", "I4"], "old": ["I1", "I2"]}')
    """
    if call.name in HANDING_OVER:
        return call.name, ""
    return call.name, canonical(_in_order(dict(call.arguments)))


def _operations(trajectory: Trajectory, is_write: IsWrite) -> list[ToolCall]:
    """The assistant's calls that change anything and were not refused."""
    refused = refused_calls(trajectory.messages)
    made = []
    for number, message in enumerate(trajectory.messages):
        if message["role"] != "assistant":
            continue
        for own in range(len(message.get("tool_calls") or [])):
            call = call_at(trajectory.messages, Place(number, own))
            if Place(number, own) not in refused and is_write(call.name, "assistant"):
                made.append(call)
    return made


def _are_equal(made: Sequence[ToolCall], wanted: Sequence[ToolCall]) -> bool:
    ones = Counter(map(operation, made))
    twos = Counter(map(operation, wanted))
    for name in HANDING_OVER:
        # to hand over after all that was asked for costs nothing
        if twos[name, ""] == 0:
            del ones[name, ""]
        else:
            ones[name, ""] = min(ones[name, ""], twos[name, ""])
    return +ones == +twos


def _needs_handing_over(trajectory: Trajectory) -> bool:
    if refused_calls(trajectory.messages):
        return True
    said = " ".join(str(message.get("content") or "") for message in trajectory.messages if message["role"] == "user")
    said = said.replace("\u2019", "'")
    return bool(_HUMAN.search(said)) and not _NO_TRANSFER.search(said)


def are_told(trajectory: Trajectory) -> bool:
    """Returns whether the assistant told all that had to be told.

    Args:
        trajectory: The episode.
    """
    if not trajectory.facts:
        return True
    texts = []
    for message in trajectory.messages:
        # text beside a call never reaches the user
        if message["role"] == "assistant" and not message.get("tool_calls"):
            texts.append(str(message.get("content") or ""))
    said = statements("\n".join(texts))
    subjects = [fact.about for fact in trajectory.facts if fact.about]
    return all(fact.stated_in(said, subjects) for fact in trajectory.facts)


def _in_order(arguments: dict[str, Json]) -> dict[str, Json]:
    """Arguments with their lists in order; lists of one length are rows of a table, and stay together."""
    lists = {name: value for name, value in arguments.items() if isinstance(value, list)}
    lengths = {len(value) for value in lists.values()}
    ordered = {name: _plain(value) for name, value in arguments.items()}
    if len(lengths) == 1 and len(lists) > 1:
        rows = sorted(zip(*lists.values(), strict=True), key=canonical)
        columns = zip(*rows, strict=True) if rows else ([] for _ in lists)
        return {**ordered, **{name: list(column) for name, column in zip(lists, columns, strict=True)}}
    return {**ordered, **{name: sorted(value, key=canonical) for name, value in lists.items()}}


def _plain(value: Json) -> Json:
    """The value, prose left out."""
    if isinstance(value, str):
        words = value.lower().split()
        if len(words) >= _SENTENCE and _GLUE & set(words):
            return "<prose>"
        return value.strip()
    return value
