"""What is wrong with arguments, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping

import jsonschema

from trace_gym.env.types import Json

_LONGEST = 160


def first_violation(validator: jsonschema.Draft202012Validator, arguments: Mapping[str, Json]) -> str | None:
    """Returns one sentence that says what is wrong with arguments, or None when they satisfy the schema.

    Args:
        validator: Of an object schema.
        arguments: Values by name.

    Example:
        >>> validator = jsonschema.Draft202012Validator({"properties": {"n": {"type": "integer"}}})
        >>> first_violation(validator, {"n": "one"})
        "argument n: 'one' is not of type 'integer'"
    """
    error = next(iter(validator.iter_errors(dict(arguments))), None)
    if error is None:
        return None
    message: str = error.message
    if len(message) > _LONGEST:
        # a message repeats the value, which may be a whole document
        message = message[: _LONGEST - 3] + "..."

    where = ".".join(map(str, error.absolute_path))
    if not where:
        return message
    return f"argument {where}: {message}"
