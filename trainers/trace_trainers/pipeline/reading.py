"""Reading settings from files, and checking them with pydantic, a mistake in one sentence."""

from __future__ import annotations

import dataclasses
import difflib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import pydantic

from trace_gym.errors import UserError
from trace_gym.files import read_text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Settings = TypeVar("Settings")

_STRICT = pydantic.ConfigDict(strict=True, extra="forbid")
_EXPECTED = {
    "int_type": "int",
    "float_type": "float",
    "string_type": "str",
    "tuple_type": "a list of names",
    "bool_type": "true or false",
}
"""What a value should have been, by pydantic's kind of error."""


def parse(path: Path) -> dict[str, Any]:
    """Reads a configuration file.

    Args:
        path: A YAML file if it ends in `.yaml` or `.yml`, else TOML.

    Raises:
        UserError: If it cannot be read or holds no table.
    """
    text = read_text(path, "a .toml or .yaml configuration file")
    try:
        if path.suffix in (".yaml", ".yml"):
            import yaml

            value = yaml.safe_load(text)
        else:
            value = tomllib.loads(text)
    except Exception as error:
        raise UserError(f"{path}: not a valid configuration file: {str(error).splitlines()[0]}.") from None
    if not isinstance(value, dict):
        raise UserError(f"{path}: expected a table of settings, got {type(value).__name__}.")
    return value


def build(cls: type[Settings], values: Mapping[str, Any], where: str) -> Settings:
    """Makes a dataclass of settings from plain values; types are not converted, so `"3"` is no number.

    Args:
        cls: A dataclass.
        values: Plain values by key; a list stands for a tuple.
        where: Names the source of the values in messages.

    Raises:
        UserError: If a key is unknown, or a value has the wrong type or is out of range.

    Example:
        >>> from trace_gym.capabilities.selection import Thresholds
        >>> build(Thresholds, {"delta": 0.3}, "my.toml").delta
        0.3
    """
    known = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]
    for key in values:
        if key not in known:
            raise UserError(f"{where}: unknown key {key!r}; {_hint(key, known)}")
    given = {key: _as_tuple(value) for key, value in values.items()}

    # a pydantic twin of the class: the class itself stays importable without pydantic
    twin: Any = pydantic.dataclasses.dataclass(cls, config=_STRICT, frozen=True)
    try:
        checked = twin(**given)
    except pydantic.ValidationError as error:
        raise UserError(f"{where}: {_sentence(error, values)}") from None

    result = {name: getattr(checked, name) for name in given}
    for key, value in result.items():
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if is_number and value < 0:
            raise UserError(f"{where}: {key} is {value!r}, expected a number >= 0.")
    return cls(**result)


def check_target_arguments(where: str, value: Any) -> None:
    """Makes sure that arguments of the target are a table of JSON values, and none that the run sets itself.

    Args:
        where: Names the table in messages.
        value: What the file gives.

    Raises:
        UserError: If they are not.
    """
    if not isinstance(value, Mapping):
        raise UserError(f"{where} is {value!r}, expected a table of arguments.")
    for name in ("split", "difficulty"):
        if name in value:
            raise UserError(f"{where}.{name} cannot be set here; the run sets it.")
    try:
        json.dumps(value)
    except TypeError as error:
        raise UserError(
            f"{where} holds a value that is not JSON ({error}); use texts, numbers, booleans, lists."
        ) from None


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _hint(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known keys: {', '.join(known)}."


def _sentence(error: pydantic.ValidationError, values: Mapping[str, Any]) -> str:
    """Says the first fault in our own words."""
    fault = error.errors()[0]
    if fault["type"] == "value_error":
        # raised by the dataclass itself, in a whole sentence
        return str(fault["ctx"]["error"])
    key = str(fault["loc"][0]) if fault["loc"] else ""
    if key not in values:
        return f"{fault['msg']}."
    value = values[key]
    if isinstance(value, list):
        return f"{key} is {value!r}, expected a list of names."
    expected = _EXPECTED.get(fault["type"], fault["msg"].removeprefix("Input should be "))
    is_negative = isinstance(value, (int, float)) and not isinstance(value, bool) and value < 0
    return f"{key} is {value!r}, expected {'a number >= 0' if is_negative else expected}."
