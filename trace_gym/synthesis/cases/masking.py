"""Masking a case: its identifiers and amounts become places that every task fills anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from trace_gym.capabilities.attempt import is_identifier
from trace_gym.env.types import Json
from trace_gym.synthetic.cases import Case
from trace_gym.synthetic.value_shapes import Shape

_SEGMENT = re.compile(r"[0-9]+|[^0-9]+")
_LEAST_AMOUNT = 10
"""Smaller numbers are counts, of pieces or days, and often decide something."""


def masked(case: Case) -> Case:
    """Puts places where identifiers and amounts stand.

    Args:
        case: With the values of the log.

    Returns:
        The case with `identifiers` (one shape each) and `amounts` (ascending), and places in all its texts.

    Example:
        >>> masked({"request": "Cancel W12.", "gold": [{"name": "cancel", "arguments": {"order": "W12"}}]})["request"]
        'Cancel <<0>>.'
    """
    names = _identifiers(case)
    amounts = _amounts(case)
    with_places = _replaced(_with_amounts(case, amounts), _masker(names), _argument_names(case))
    assert isinstance(with_places, dict)
    return {**with_places, "identifiers": [_shape(name) for name in names], "amounts": amounts}


def _masker(names: list[str]) -> Callable[[str], str]:
    """Returns what puts places into a text."""
    if not names:
        return str
    numbers = {name: number for number, name in enumerate(names)}
    # long ones first: a short one may be part of a longer one
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    pattern = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, longest_first))})(?![A-Za-z0-9])")
    return lambda text: pattern.sub(lambda match: f"<<{numbers[match[0]]}>>", text)


def _argument_names(case: Case) -> set[str]:
    """Names of arguments such as `address1`, which have a digit and name no record."""
    found: set[str] = set()
    for call in case.get("gold", ()):
        found |= set(call["arguments"])
    return found


def _identifiers(case: Case) -> list[str]:
    """Everything that names a record, wherever it stands, in order of appearance."""
    no_names = _argument_names(case)
    names: dict[str, None] = {}
    for part in ("gold", "tables"):
        for value in _leaves(case.get(part, {})):
            # the key of several arguments is JSON, in which their values stand anyway
            if is_identifier(value) and value not in no_names and not value.startswith(("{", "[")):
                names[value] = None

    # what only texts name: a record to be left alone, a value that a refusal warns of
    refusals = [refusal["message"] for refusal in case.get("refusals", {}).values()]
    for text in (case["request"], *case.get("answers", ()), *refusals):
        for word in re.split(r"[\s,;:!?()\"']+", text):
            name = word.strip(".")
            if is_identifier(name):
                names[name] = None
    return list(names)


def _amounts(case: Case) -> list[int]:
    """Whole numbers in results that are no small counts, ascending."""
    found: set[int] = set()
    for value in _leaves(case.get("tables", {})):
        if type(value) is int and value >= _LEAST_AMOUNT:
            found.add(value)
    return sorted(found)


def _with_amounts(case: Case, amounts: list[int]) -> Case:
    """The case with places for amounts: in its results, and in the facts and closing words that tell them."""
    number_of = {amount: number for number, amount in enumerate(amounts)}
    changed = dict(case)
    changed["tables"] = _with_places(case.get("tables", {}), number_of)

    facts = []
    reply = str(case.get("reply", ""))
    for fact in case.get("facts", ()):
        value = str(fact["value"])
        if value.isdigit() and int(value) in number_of:
            place = f"<#{number_of[int(value)]}#>"
            reply = re.sub(rf"(?<![\w<#]){value}(?![\w>#])", place, reply)
            value = place
        facts.append({**fact, "value": value})
    return {**changed, "facts": facts, "reply": reply}


def _with_places(value: Json, number_of: dict[int, int]) -> Json:
    if isinstance(value, dict):
        return {key: _with_places(item, number_of) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_places(item, number_of) for item in value]
    if type(value) is int and value in number_of:
        return {"amount": number_of[value]}
    return value


def _replaced(value: Json, mask: Callable[[str], str], kept: set[str]) -> Json:
    """The value with places in all its texts and keys, but for names of arguments."""
    if isinstance(value, dict):
        changed: dict[str, Json] = {}
        for key, item in value.items():
            name = key
            if key not in kept:
                name = mask(key)
            changed[name] = _replaced(item, mask, kept)
        return changed
    if isinstance(value, list):
        return [_replaced(item, mask, kept) for item in value]
    if isinstance(value, str):
        return mask(value)
    return value


def _leaves(value: Json) -> Iterator[Any]:
    """Yields every scalar of a value, and every key."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _shape(name: str) -> Shape:
    """How an identifier is built: its digits vary, what stands around them stays; letters and digits mixed all vary."""
    if sum(map(str.isdigit, name)) < 2 and name.isalnum():
        characters = "".join(sorted({*name, *"23456789"}))
        return {"kind": "id", "segments": [{"characters": characters, "length": len(name)}]}

    segments: list[Json] = []
    for segment in _SEGMENT.findall(name):
        segments.append({"digits": len(segment)} if segment.isdigit() else {"text": segment})
    return {"kind": "id", "segments": segments}
