"""Faults in values: another record, another row, invented, worked out wrong."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trace_gym.capabilities.attempt import is_identifier, mentions, normal
from trace_gym.capabilities.repair.observed import Observed, leaves_of, scalars_of
from trace_gym.capabilities.repair.wrong_value import is_amount
from trace_gym.env.types import Json, ToolCall
from trace_gym.testbed.script import Turn
from trace_gym.testbed.solved import Solved


def wrong_row(solved: Solved, rng: np.random.Generator) -> Iterator[list[Turn]]:
    """Takes another one of several listed records.

    Args:
        solved: The task.
        rng: Draws which.
    """
    for number, name, value in _arguments(solved):
        observed = solved.observed(number)
        others = [other for other in _texts(observed) if observed.are_siblings(value, other)]
        for other in _shuffled(others, rng):
            yield _replaced(solved, number, name, value, other)


def wrong_record(solved: Solved, rng: np.random.Generator) -> Iterator[list[Turn]]:
    """Works on another record of the user's, which was read too.

    Args:
        solved: The task.
        rng: Draws which.
    """
    for number, name, value in _arguments(solved):
        observed = solved.observed(number)
        if not is_identifier(value) or observed.was_said(value) or not observed.was_read(value):
            continue
        for other in _shuffled(observed.counterparts(str(value)), rng):
            if is_identifier(other) and not observed.are_siblings(value, other):
                yield _replaced(solved, number, name, value, other)


def invented(solved: Solved, rng: np.random.Generator) -> Iterator[list[Turn]]:
    """Makes an identifier up instead of looking it up.

    Args:
        solved: The task.
        rng: Draws it.
    """
    for number, name, value in _arguments(solved):
        if not is_identifier(value) or solved.was_given(value):
            continue
        showing = [read for read in solved.reads if mentions(normal(solved.results[read]), str(value))]
        if showing:
            turns = _replaced(solved, number, name, value, _misspelt(str(value), rng))
            yield [turn for place, turn in enumerate(turns) if place not in showing]


def not_what_was_said(solved: Solved, rng: np.random.Generator) -> Iterator[list[Turn]]:
    """Misspells what the user said.

    Args:
        solved: The task.
        rng: Draws how.
    """
    for number, name, value in _arguments(solved):
        observed = solved.observed(number)
        if isinstance(value, str) and observed.was_said(value) and not observed.was_read(value):
            yield _replaced(solved, number, name, value, _misspelt(value, rng))


def worked_out_wrong(solved: Solved, rng: np.random.Generator) -> Iterator[list[Turn]]:
    """Works an amount out wrong.

    Args:
        solved: The task.
        rng: Draws by how much.
    """
    for number, name, value in _arguments(solved):
        if not is_amount(name, value):
            continue
        observed = solved.observed(number)
        wrong = value + int(rng.integers(1, 50))
        if not observed.was_said(value) and not observed.are_siblings(value, wrong):
            yield _replaced(solved, number, name, value, wrong)


def not_what_the_rules_say(solved: Solved, rng: np.random.Generator) -> Iterator[list[Turn]]:
    """Takes another of the fixed choices of an argument, or another number than the rules give.

    Args:
        solved: The task.
        rng: Draws which.
    """
    for number, name, value in _arguments(solved):
        observed = solved.observed(number)
        if observed.was_said(value) or observed.was_read(value) or is_identifier(value):
            continue
        for other in _shuffled(_choices(solved, solved.call(number), name, value), rng):
            yield _replaced(solved, number, name, value, other)


def _choices(solved: Solved, call: ToolCall, name: str, value: Json) -> list[Json]:
    described = solved.env.tools[call.name].schema["function"]["parameters"]["properties"].get(name, {})
    if is_amount(name, value):
        return []
    if isinstance(value, (int, float)):
        return [value + 1]
    return [other for other in described.get("enum", []) if other != value]


def _arguments(solved: Solved) -> Iterator[tuple[int, str, Json]]:
    """The values in the operations of the solution, those in lists and objects included."""
    for number in solved.writes:
        for name, value in solved.call(number).arguments.items():
            for own in scalars_of(value):
                yield number, name, own


def _replaced(solved: Solved, number: int, name: str, old: Json, new: Json) -> list[Turn]:
    return solved.with_argument(number, name, _swap(solved.call(number).arguments[name], old, new))


def _swap(value: Json, old: Json, new: Json) -> Json:
    if isinstance(value, dict):
        return {key: _swap(own, old, new) for key, own in value.items()}
    if isinstance(value, list):
        return [_swap(own, old, new) for own in value]
    return new if value == old and type(value) is type(old) else value


def _texts(observed: Observed) -> list[str]:
    found: dict[str, None] = {}
    for result in observed.results:
        for _, leaf in leaves_of(result):
            found[leaf] = None
        for key in _keys(result):
            found[key] = None
    return list(found)


def _keys(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for key, own in value.items():
            yield str(key)
            yield from _keys(own)
    elif isinstance(value, list):
        for own in value:
            yield from _keys(own)


def _shuffled(values: list[Json], rng: np.random.Generator) -> list[Json]:
    return [values[int(place)] for place in rng.permutation(len(values))]


def _misspelt(text: str, rng: np.random.Generator) -> str:
    """The text with another last digit, or another last letter."""
    for place in range(len(text) - 1, -1, -1):
        if text[place].isdigit():
            return text[:place] + str((int(text[place]) + int(rng.integers(1, 10))) % 10) + text[place + 1 :]
    return text[:-1] + ("a" if text[-1] != "a" else "e")
