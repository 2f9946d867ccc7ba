"""Running a call on an entry's instances, with the results that BFCL's own executor gives.

BFCL writes a call as Python text, puts the instances' names into it, and evaluates it. Nothing a model wrote is
evaluated here: methods are called with the parsed arguments. What writing these as text would have done to them is done
to them all the same.
"""

from __future__ import annotations

import ast
import decimal
import inspect
import json
import keyword
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trace_gym.env.types import Json, ToolCall, copy_json
from trace_gym.targets.bfcl.guards import guarded

_FAILED = "Error during execution: "
_CALLED = re.compile(r"\b([a-zA-Z_]\w*)\s*(?=\()")
"""What BFCL takes for the name of a function in the text of a call, inside of quoted texts, too."""


class Instances:
    """An entry's instances, and their methods by name."""

    def __init__(self, objects: Mapping[str, Any], label: str) -> None:
        """Takes over the objects.

        Args:
            objects: BFCL's own, by class name.
            label: Tells them from others that live in the same process.
        """
        self.objects = objects
        self._methods: dict[str, Callable[..., Any]] = {}
        self._owners: dict[str, str] = {}
        for owner, instance in objects.items():
            for name, method in inspect.getmembers(instance, inspect.ismethod):
                if not name.startswith("_"):
                    self._methods[name] = method
                    self._owners[name] = f"{label}_{owner}_instance"

    def run(self, call: ToolCall) -> tuple[str, bool]:
        """Runs a call; returns what the model reads, and whether it was refused.

        Args:
            call: The call, as parsed.
        """
        try:
            name, arguments = self._read(call)
            # a method sets the precision of the whole thread
            with decimal.localcontext():
                result = self._methods[name](**guarded(name, arguments, self.objects))
                return _written(_ordered(name, result)), _refused(result)
        except RecursionError:  # its message depends on where it happens
            return f"{_FAILED}maximum recursion depth exceeded", True
        except Exception as error:
            return f"{_FAILED}{error}", True

    def _read(self, call: ToolCall) -> tuple[str, dict[str, Json]]:
        """Returns a method's name and the arguments that BFCL's text of the call would pass to it.

        Raises:
            Exception: What evaluating the text would raise.
        """
        arguments: dict[str, Json] = copy_json(dict(call.arguments))
        # names beyond ASCII are respelt when text is evaluated
        plain = all(name.isidentifier() and name.isascii() and not keyword.iskeyword(name) for name in arguments)
        if call.name in self._methods and plain and "(" not in json.dumps(arguments):
            return call.name, arguments
        return self._read_as_text(call.name, arguments)

    def _read_as_text(self, name: str, arguments: Mapping[str, Json]) -> tuple[str, dict[str, Json]]:
        text = f"{name}({','.join(f'{key}={value!r}' for key, value in arguments.items())})"
        node = ast.parse(_CALLED.sub(self._qualified, text), "<string>", "eval").body
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=method), args=[], keywords=given):
                if self._owners.get(method) == owner and all(entry.arg for entry in given):
                    return method, _keywords(given)
            case ast.Call(func=ast.Name(id=unknown)):
                name = unknown

        raise NameError(f"name {name!r} is not defined")

    def _qualified(self, match: re.Match[str]) -> str:
        owner = self._owners.get(match[1])
        if owner is None:
            return match[1]
        return f"{owner}.{match[1]}"


def _keywords(given: Sequence[ast.keyword]) -> dict[str, Json]:
    """Returns the values by name; a name that comes twice is refused as `eval` would."""
    found: dict[str, Json] = {}
    for entry in given:
        if entry.arg in found:
            raise SyntaxError(f"keyword argument repeated: {entry.arg} (<string>, line 1)")
        found[str(entry.arg)] = ast.literal_eval(entry.value)
    return found


def _written(result: Any) -> str:
    """Writes a result as BFCL does."""
    if isinstance(result, str):
        return result
    if isinstance(result, dict):
        try:
            return json.dumps(result)
        except Exception:  # it holds an object
            return str(result)

    return str(result)


def _refused(result: Any) -> bool:
    """Whether a result says that nothing came of the call."""
    if isinstance(result, list) and len(result) == 1:
        result = result[0]
    if isinstance(result, dict):
        return "error" in result
    return isinstance(result, str) and result.startswith("Error")


def _ordered(name: str, result: Any) -> Any:
    """Puts the names in two messages in order; there they stand as a set has them, which differs by process."""
    if isinstance(result, dict) and isinstance(result.get("error"), str):
        if name == "book_flight" and result["error"].startswith("Invalid travel class"):
            error = re.sub(r"(?<=\{).*(?=\}$)", lambda m: ", ".join(sorted(m[0].split(", "))), result["error"])
            return {**result, "error": error}
        if name == "edit_ticket" and result["error"].startswith("Invalid fields"):
            head, _, fields = result["error"].partition(": ")
            return {**result, "error": f"{head}: {', '.join(sorted(fields.split(', ')))}"}

    return result
