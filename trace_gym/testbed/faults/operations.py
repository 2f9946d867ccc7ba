"""Faults in what is done: too much, too little, the wrong thing, in the wrong order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trace_gym.capabilities.attempt import HANDING_OVER, identifier_values, key_of
from trace_gym.capabilities.repair.case import shape, share_record, subject_of
from trace_gym.env.types import Json, ToolCall
from trace_gym.testbed.script import Turn
from trace_gym.testbed.solved import Solved

_SORRY = "I am sorry, I cannot help you with that. Goodbye."


def forbidden_unread(solved: Solved, rng: np.random.Generator) -> Iterator[list[Turn]]:
    """Changes a record that nobody asked about, without a look at it.

    Args:
        solved: The task.
        rng: Not used.
    """
    for call, _ in _foreign(solved):
        # only a record with an identifier can be looked up
        if identifier_values([call]) and not _is_read(solved, call):
            yield [*solved.turns[:-1], call, solved.turns[-1]]


def forbidden_though_read(solved: Solved, rng: np.random.Generator) -> Iterator[list[Turn]]:
    """Changes a record that nobody asked about, after a look at it.

    Args:
        solved: The task.
        rng: Not used.
    """
    for call, look_up in _foreign(solved):
        if _is_read(solved, call):
            yield [*solved.turns[:-1], call, solved.turns[-1]]
        elif look_up is not None:
            yield [*solved.turns[:-1], look_up, call, solved.turns[-1]]


def wrong_tool(solved: Solved, rng: np.random.Generator) -> Iterator[list[Turn]]:
    """Does something else to the record than what was asked for.

    Args:
        solved: The task.
        rng: Not used.
    """
    for number in solved.writes:
        call = solved.call(number)
        for name, tool in solved.env.tools.items():
            if tool.kind != "write" or name in {call.name, *HANDING_OVER}:
                continue
            other = _fitted(tool.schema["function"], call, solved)
            if other is not None and share_record(call, other):
                yield [*solved.turns[:number], other, *solved.turns[number + 1 :]]


def repeated(solved: Solved, rng: np.random.Generator) -> Iterator[list[Turn]]:
    """Does one thing twice.

    Args:
        solved: The task.
        rng: Not used.
    """
    for number in solved.writes:
        yield [*solved.turns[: number + 1], solved.call(number), *solved.turns[number + 1 :]]


def handed_over(solved: Solved, rng: np.random.Generator) -> Iterator[list[Turn]]:
    """Hands the user over instead of doing what was asked for.

    Args:
        solved: The task.
        rng: Not used.
    """
    tools = sorted(HANDING_OVER & set(solved.env.tools))
    if tools and solved.writes:
        properties = solved.env.tools[tools[0]].schema["function"]["parameters"]["properties"]
        call = ToolCall(tools[0], dict.fromkeys(properties, "The user needs help."))
        yield [*_read_only(solved), call, "You are being transferred to a human agent. Goodbye."]


def part_left_out(solved: Solved, rng: np.random.Generator) -> Iterator[list[Turn]]:
    """Does all but the last thing that was asked for.

    Args:
        solved: The task.
        rng: Not used.
    """
    if len(solved.writes) > 1:
        for number in reversed(solved.writes):
            call = solved.call(number)
            tried = [one for one in solved.refused if share_record(solved.call(one), call)]
            yield solved.without([number, *tried])


def nothing_done(solved: Solved, rng: np.random.Generator) -> Iterator[list[Turn]]:
    """Looks everything up, and does nothing.

    Args:
        solved: The task.
        rng: Not used.
    """
    if solved.writes:
        told = " ".join(fact.value for fact in solved.facts)
        yield [*_read_only(solved), f"{told}. {_SORRY}" if told else _SORRY]


def out_of_order(solved: Solved, rng: np.random.Generator) -> Iterator[list[Turn]]:
    """Does first what makes another thing impossible.

    Args:
        solved: The task.
        rng: Not used.
    """
    for place, first in enumerate(solved.writes):
        for second in solved.writes[place + 1 :]:
            if share_record(solved.call(first), solved.call(second)):
                turns = list(solved.turns)
                turns[first], turns[second] = turns[second], turns[first]
                yield turns


def refusal_left_at_that(solved: Solved, rng: np.random.Generator) -> Iterator[list[Turn]]:
    """Leaves an argument out, is refused, and leaves it at that.

    Args:
        solved: The task.
        rng: Not used.
    """
    for number in solved.writes:
        call = solved.call(number)
        observed = solved.observed(number)
        if not all(observed.was_said(one) or observed.was_read(one) for one in identifier_values([call])):
            # some references look nothing up; who follows them has made the identifiers up
            continue
        for name in reversed(list(call.arguments)):
            less = {key: value for key, value in call.arguments.items() if key != name}
            if identifier_values([ToolCall(call.name, less)]):
                yield [*solved.turns[:number], ToolCall(call.name, less), *solved.turns[number + 1 :]]


def never_ending(solved: Solved, rng: np.random.Generator) -> Iterator[list[Turn]]:
    """Looks the same thing up again and again until its turns are used up.

    Args:
        solved: The task.
        rng: Not used.
    """
    if solved.reads:
        left = solved.env.max_turns - (len(solved.turns) - 1)
        yield [*solved.turns[:-1], *[solved.call(solved.reads[-1])] * max(left, 1)]


def _read_only(solved: Solved) -> list[Turn]:
    """What the solution looks up."""
    return [solved.call(number) for number in solved.reads]


def _is_read(solved: Solved, call: ToolCall) -> bool:
    """Whether the solution looks up a record of a call."""
    return any(share_record(call, solved.call(number)) for number in solved.reads)


def _foreign(solved: Solved) -> Iterator[tuple[ToolCall, ToolCall | None]]:
    """Operations of other tasks, each with the look-up there that names its record."""
    own = {key_of(solved.call(number)) for number in solved.writes}
    yield from _on_another_record(solved)
    for other, look_up in catalogue(solved):
        if key_of(other) not in own and not any(share_record(other, solved.call(number)) for number in solved.writes):
            yield other, look_up


def _on_another_record(solved: Solved) -> Iterator[tuple[ToolCall, ToolCall | None]]:
    """Operations of this task, on other records that results name, each with the look-up of that record."""
    named = {subject_of(turn) for turn in solved.turns if isinstance(turn, ToolCall)}
    for number in solved.writes:
        call = solved.call(number)
        record = subject_of(call)
        for other in solved.identifiers:
            if other not in named and shape(other) == shape(record):
                look_ups = [_renamed(solved.call(read), record, other) for read in solved.reads_of(number)]
                yield _renamed(call, record, other), look_ups[0] if look_ups else None


def _renamed(call: ToolCall, old: str, new: str) -> ToolCall:
    arguments = {name: new if value == old else value for name, value in call.arguments.items()}
    return ToolCall(call.name, arguments)


def catalogue(solved: Solved) -> Iterator[tuple[ToolCall, ToolCall | None]]:
    """Yields what the references of the tasks around this one do.

    Args:
        solved: The task.
    """
    env = solved.env
    count = env.task_count
    for step in range(1, 13):
        index = solved.index + step if count is None else (solved.index + step) % count
        env.reset(options={"index": index})
        gold = [turn for turn in env.episode.task.gold if isinstance(turn, ToolCall)]
        for call in gold:
            if solved.is_write(call) and call.name not in HANDING_OVER:
                look_ups = [one for one in gold if not solved.is_write(one) and share_record(one, call)]
                yield call, look_ups[0] if look_ups else None


def _fitted(schema: dict[str, Json], call: ToolCall, solved: Solved) -> ToolCall | None:
    """A call of another tool with the arguments of this one, and nothing invented but what has a fixed choice."""
    arguments: dict[str, Json] = {}
    parameters = schema["parameters"]
    for name in parameters.get("required", []):
        described = parameters["properties"].get(name, {})
        if name in call.arguments:
            arguments[name] = call.arguments[name]
        elif described.get("enum"):
            arguments[name] = described["enum"][0]
        else:
            value = _elsewhere(solved, name)
            if value is None:
                return None
            arguments[name] = value
    return ToolCall(str(schema["name"]), arguments)


def _elsewhere(solved: Solved, name: str) -> Json:
    """A value that another call of the solution has for an argument; None where none has."""
    for turn in solved.turns:
        if isinstance(turn, ToolCall) and name in turn.arguments:
            return turn.arguments[name]
    return None
