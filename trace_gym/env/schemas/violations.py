"""What is wrong with arguments, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping

import jsonschema

from trace_gym.env.types import Json


def first_violation(validator: jsonschema.Draft202012Validator, arguments: Mapping[str, Json]) -> str | None:
    """Returns one sentence that says what is wrong with `arguments`, or None when they satisfy the schema."""
    error = next(iter(validator.iter_errors(dict(arguments))), None)
    if error is None:
        return None
    where = ".".join(str(part) for part in error.absolute_path)
    message = error.message if len(error.message) <= 160 else error.message[:157] + "..."
    return f"argument {where}: {message}" if where else message
