"""The functions of BFCL's classes as OpenAI function schemas, converted by the benchmark's own code."""

from __future__ import annotations

import copy
import functools
import itertools
import json
import re
from typing import NamedTuple

from trace_gym.env.types import Json
from trace_gym.targets.bfcl import upstream
from trace_gym.targets.bfcl.entries import CATEGORIES, Entry, entries

Schema = dict[str, Json]


class Offer(NamedTuple):
    """The functions of one entry.

    Example:
        >>> Offer(("cd", "ls"), later={2: ("rm",)}).later[2]
        ('rm',)
    """

    start: tuple[str, ...]
    """Names of the functions that are offered from the start."""
    later: dict[int, tuple[str, ...]]
    """Names of the functions that are added later, by turn."""


@functools.cache
def class_names() -> tuple[str, ...]:
    """Returns the classes that occur in multi-turn entries."""
    # a dict keeps the order, which a set would not
    names: dict[str, None] = {}
    for category in CATEGORIES:
        for entry in entries(category).values():
            names.update(dict.fromkeys(entry.classes))
    return tuple(names)


@functools.cache
def schemas(*, late: bool = False) -> dict[str, Schema]:
    """Returns every function's schema by name.

    Args:
        late: Whether to describe them as BFCL describes functions that are added in the middle of a conversation,
            without the note on their language.
    """
    note = ""
    if not late:
        note = _note()

    bodies = []
    for name in class_names():
        for document in _documents(name):
            # copied, since the rows of a data file are read once and shared
            body = copy.deepcopy(document)
            bodies.append({**body, "description": body["description"] + note})

    enums = upstream.module("constants.enums")
    types = upstream.module("constants.type_mappings")
    convert = upstream.functions_of(
        "model_handler/utils.py",
        ("_cast_to_openai_type", "convert_to_tool"),
        copy=copy,
        json=json,
        re=re,
        ModelStyle=enums.ModelStyle,
        GORILLA_TO_OPENAPI=types.GORILLA_TO_OPENAPI,
    )["convert_to_tool"]

    tools = convert(bodies, types.GORILLA_TO_OPENAPI, enums.ModelStyle.OPENAI_COMPLETIONS)
    return {tool["function"]["name"]: tool for tool in tools}


def offer_of(entry: Entry, *, excluded: bool) -> Offer:
    """Returns the functions that an entry offers.

    Args:
        entry: The entry.
        excluded: Whether the functions that it marks as excluded are offered, too.
    """
    left_out = set(itertools.chain.from_iterable(entry.held.values()))
    if not excluded:
        left_out |= set(entry.excluded)

    first = []
    for owner in entry.classes:
        for body in _documents(owner):
            if body["name"] not in left_out:
                first.append(body["name"])

    return Offer(tuple(first), dict(entry.held))


def _documents(class_name: str) -> tuple[Json, ...]:
    files = upstream.module("constants.executable_backend_config").MULTI_TURN_FUNC_DOC_FILE_MAPPING
    return upstream.rows("multi_turn_func_doc", files[class_name])


def _note() -> str:
    """The note on the function's programming language that BFCL adds to every description."""
    names = ("_get_language_specific_hint", "is_java", "is_js")
    hint = upstream.functions_of("utils.py", names)["_get_language_specific_hint"]
    # the same for all multi-turn categories
    return str(hint("multi_turn_base"))
