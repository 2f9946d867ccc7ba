"""Small texts of emitted environments: filled templates, enumerations, table keys."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from trace_gym.env.types import Json


def fill(template: str, arguments: Mapping[str, Json]) -> str:
    """Fills the `{name}` slots of a template; a slot without a value stays as it is.

    Args:
        template: Text with `{name}` slots.
        arguments: Values by slot.

    Example:
        >>> fill("{order_id} is {status}.", {"order_id": "W12"})
        'W12 is {status}.'
    """
    # str.format would fail at a missing slot, and at the braces of templates that quote JSON
    for name, value in arguments.items():
        template = template.replace("{" + name + "}", str(value))
    return template


def enumerate_words(values: Sequence[str]) -> str:
    """Joins words with commas and a final "and".

    Args:
        values: At least one word.

    Example:
        >>> enumerate_words(["W1", "W2", "W3"])
        'W1, W2 and W3'
    """
    if len(values) == 1:
        return values[0]
    return ", ".join(values[:-1]) + " and " + values[-1]


def key_of(arguments: Mapping[str, Json]) -> str:
    """Writes a call's arguments as a table key: the bare value of a single one, else JSON with sorted names.

    Args:
        arguments: Values by argument name.

    Example:
        >>> key_of({"order_id": "W12"}), key_of({"kind": "lamp", "color": "red"})
        ('W12', '{"color": "red", "kind": "lamp"}')
    """
    if len(arguments) == 1:
        value = next(iter(arguments.values()))
        if isinstance(value, str):
            return value
        return json.dumps(value)
    # sorted, since a model may give the arguments in any order
    return json.dumps(dict(arguments), sort_keys=True, ensure_ascii=False)
