"""Reading settings from files and checking them with pydantic; each mistake is reported in one sentence."""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
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
            # imported here: a run configured in TOML needs no YAML
            import yaml

            value = yaml.safe_load(text)
        else:
            value = tomllib.loads(text)
    # the two libraries share no error class
    except Exception as error:
        raise UserError(f"{path}: not a valid configuration file: {str(error).splitlines()[0]}.") from None
    if not isinstance(value, dict):
        raise UserError(f"{path}: expected a table of settings, got {type(value).__name__}.")
    return value


def build(cls: type[Settings], values: Mapping[str, Any], where: str) -> Settings:
    """Returns a dataclass of settings made from plain values; types are not converted, so `"3"` is not a number.

    Args:
        cls: A dataclass.
        values: Plain values by key; a list stands for a tuple.
        where: The source of the values, as error messages name it.

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
    given = {}
    for key, value in values.items():
        given[key] = _as_tuple(value)

    # a pydantic twin of the class: the class itself stays importable without pydantic
    twin: Any = pydantic.dataclasses.dataclass(cls, config=_STRICT, frozen=True)
    try:
        checked = twin(**given)
    except pydantic.ValidationError as error:
        kinds = {field.name: str(field.type) for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
        raise UserError(f"{where}: {_sentence(error, values, kinds)}") from None

    result = {name: getattr(checked, name) for name in given}
    for key, value in result.items():
        if _is_negative(value):
            raise UserError(f"{where}: {key} is {value!r}, expected a number >= 0.")
        if isinstance(value, float) and not math.isfinite(value):
            raise UserError(f"{where}: {key} is {value!r}, expected a finite number.")
    return cls(**result)


def check_target_arguments(where: str, value: Any) -> None:
    """Checks that the target's arguments are a table of JSON values without those that the run sets itself.

    Args:
        where: The table, as error messages name it.
        value: The value in the file.

    Raises:
        UserError: If it is not a table, holds a value that is not JSON, or sets `split` or `difficulty`.
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
    # neither TOML nor YAML has tuples, and a strict check takes no list for one
    if isinstance(value, list):
        return tuple(value)
    return value


def _is_negative(value: Any) -> bool:
    # a bool is an int in Python
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value < 0


def _hint(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known keys: {', '.join(known)}."


def _sentence(error: pydantic.ValidationError, values: Mapping[str, Any], kinds: Mapping[str, str]) -> str:
    """Says the first fault in our own words."""
    fault = error.errors()[0]
    if fault["type"] == "value_error":
        # raised by the dataclass itself, in a whole sentence
        return str(fault["ctx"]["error"])
    key = ""
    if fault["loc"]:
        key = str(fault["loc"][0])
    if key not in values:
        return f"{fault['msg']}."

    value = values[key]
    expected = _EXPECTED.get(fault["type"], fault["msg"].removeprefix("Input should be "))
    if isinstance(value, list):
        # the fault lies in an item, and pydantic's words speak of the item alone
        expected = "a list of names"
        if fault["type"] == "int_type":
            expected = "a list of integers"
    elif _is_negative(value):
        expected = "a number >= 0"
    if kinds[key] == "tuple[float, ...]":
        expected = "a list of numbers"
    return f"{key} is {value!r}, expected {expected}."
