"""BFCL's multi-turn entries: what the user says turn by turn, where the state starts, and the gold calls."""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trace_gym.env.types import Json, ToolCall
from trace_gym.targets.bfcl import upstream

CATEGORIES = ("base", "miss_func", "miss_param", "long_context")
"""The four variants of each scenario."""


@dataclass(frozen=True)
class Entry:
    """One multi-turn entry.

    Example:
        >>> Entry("multi_turn_base_0", "base", ("List them.",), ("GorillaFileSystem",), {}, {}, (), ((),)).category
        'base'
    """

    name: str
    """Its id, such as `multi_turn_base_0`."""
    category: str
    """One of `CATEGORIES`."""
    turns: tuple[str, ...]
    """What the user says, by turn; empty where functions that were held out are offered instead."""
    classes: tuple[str, ...]
    """The classes whose methods are the functions."""
    config: Mapping[str, Json]
    """What each class starts with."""
    held: Mapping[int, tuple[str, ...]]
    """Names of the functions that are held out until a turn, by turn."""
    excluded: tuple[str, ...]
    """Names of the functions that the entry marks as excluded."""
    gold: tuple[tuple[ToolCall, ...], ...]
    """The gold calls, by turn; none where the user cannot be served yet."""

    @property
    def long_context(self) -> bool:
        """Whether its classes are filled with many irrelevant records."""
        return self.category == "long_context"


@functools.cache
def entries(category: str) -> dict[str, Entry]:
    """Returns a category's entries by name, in BFCL's order.

    Args:
        category: One of `CATEGORIES`.

    Raises:
        UserError: If BFCL is not installed.
    """
    prefix = upstream.module("constants.category_mapping").VERSION_PREFIX
    file = f"{prefix}_multi_turn_{category}.json"
    answers = {row["id"]: row["ground_truth"] for row in upstream.rows("possible_answer", file)}

    entries_by_name = {}
    for row in upstream.rows(file):
        entries_by_name[row["id"]] = _entry(category, row, answers[row["id"]])
    return entries_by_name


@functools.cache
def class_path(name: str) -> str:
    """Returns the full name of the module that defines a class.

    Args:
        name: A BFCL class.
    """
    return str(upstream.module("constants.executable_backend_config").CLASS_FILE_PATH_MAPPING[name])


def parse_call(written: str, classes: tuple[str, ...]) -> ToolCall:
    """Reads a call that is written as Python with literal arguments; positional ones get the method's names.

    Args:
        written: The call, such as `cd('document')`.
        classes: The classes in which the method is looked for.

    Raises:
        ValueError: If it is anything else, or no class has the method.
    """
    node = ast.parse(written, mode="eval").body
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        raise ValueError(f"{written!r} is not the call of a function by its name.")

    # literals only: nothing in a data file is evaluated
    positional = [ast.literal_eval(value) for value in node.args]
    named = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in node.keywords}
    bound = _signature(node.func.id, classes).bind(*positional, **named)
    return ToolCall(node.func.id, dict(bound.arguments))


def _entry(category: str, row: Mapping[str, Any], answer: list[list[str]]) -> Entry:
    classes = tuple(row["involved_classes"])
    turns = []
    for messages in row["question"]:
        turns.append("\n".join(message["content"] for message in messages))

    gold = []
    for written_calls in answer:
        gold.append(tuple(parse_call(written, classes) for written in written_calls))

    # keys of a JSON object are texts
    held = {}
    for turn, names in row.get("missed_function", {}).items():
        held[int(turn)] = tuple(names)

    return Entry(
        name=row["id"],
        category=category,
        turns=tuple(turns),
        classes=classes,
        config=row["initial_config"],
        held=held,
        excluded=tuple(row.get("excluded_function", ())),
        gold=tuple(gold),
    )


@functools.cache
def _signature(name: str, classes: tuple[str, ...]) -> inspect.Signature:
    """The signature of a method, without `self`."""
    method = None
    for owner in classes:
        module = upstream.module(class_path(owner).partition(".")[2])
        # no break: where two classes have the method, BFCL's executor finds the last one's
        method = getattr(getattr(module, owner), name, method)
    if method is None:
        raise ValueError(f"None of {', '.join(classes)} has a function {name!r}.")

    signature = inspect.signature(method)
    return signature.replace(parameters=list(signature.parameters.values())[1:])
