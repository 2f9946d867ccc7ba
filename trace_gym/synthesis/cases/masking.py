"""Masking a case: its identifiers and amounts become places that every task fills anew."""

from __future__ import annotations

import json
import re
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
    text = json.dumps(_with_amounts(case, amounts))
    # long ones first: a short one may be part of a longer one
    for number, name in sorted(enumerate(names), key=lambda item: -len(item[1])):
        escaped = re.escape(json.dumps(name)[1:-1])
        text = re.sub(rf"(?<![A-Za-z0-9<#]){escaped}(?![A-Za-z0-9>])", f"<<{number}>>", text)
    return {**json.loads(text), "identifiers": [_shape(name) for name in names], "amounts": amounts}


def _identifiers(case: Case) -> list[str]:
    """Everything that names a record, wherever it stands, in order of appearance."""
    names: dict[str, None] = {}
    for part in ("gold", "tables"):
        for value in _leaves(case.get(part, {})):
            # the key of several arguments is JSON, in which their values stand anyway
            if is_identifier(value) and not value.startswith(("{", "[")):
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
    found = set()
    for value in _leaves(case.get("tables", {})):
        if type(value) is int and value >= _LEAST_AMOUNT:
            found.add(value)
    return sorted(found)


def _with_amounts(case: Case, amounts: list[int]) -> Case:
    """The case with places for amounts: in its results, and in the facts and closing words that tell them."""
    changed = dict(case)
    if "tables" in case:
        changed["tables"] = _replaced(case["tables"], amounts)
    texts = {str(amount): f"<#{number}#>" for number, amount in enumerate(amounts)}
    if "facts" in case:
        changed["facts"] = [{**fact, "value": texts.get(fact["value"], fact["value"])} for fact in case["facts"]]
    if "reply" in case:
        reply = case["reply"]
        for fact in case.get("facts", ()):
            if fact["value"] in texts:
                reply = re.sub(rf"(?<![\w<#]){fact['value']}(?![\w>#])", texts[fact["value"]], reply)
        changed["reply"] = reply
    return changed


def _replaced(value: Json, amounts: list[int]) -> Json:
    if isinstance(value, dict):
        return {key: _replaced(item, amounts) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, amounts) for item in value]
    if type(value) is int and value in amounts:
        return {"amount": amounts.index(value)}
    return value


def _leaves(value: Json) -> list[Any]:
    """Every scalar of a value, and every key."""
    found: list[Any] = []
    if isinstance(value, dict):
        for key, item in value.items():
            found.append(key)
            found += _leaves(item)
    elif isinstance(value, list):
        for item in value:
            found += _leaves(item)
    else:
        found.append(value)
    return found


def _shape(name: str) -> Shape:
    """How an identifier is built: its digits vary, what stands around them stays; letters and digits mixed all vary."""
    digits = sum(map(str.isdigit, name))
    if digits < 2 and name.isalnum():
        return {
            "kind": "id",
            "segments": [{"characters": "".join(sorted(set(name) | set("23456789"))), "length": len(name)}],
        }
    segments: list[Json] = []
    for segment in _SEGMENT.findall(name):
        segments.append({"digits": len(segment)} if segment.isdigit() else {"text": segment})
    return {"kind": "id", "segments": segments}
