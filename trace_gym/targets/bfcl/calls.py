"""Runs calls on an entry's instances, with the results that BFCL's own executor gives.

BFCL writes a call as Python text, inserts the instances' names, and evaluates it. Nothing that a model wrote is
evaluated here: methods are called with the parsed arguments. Whatever writing these as text would have done to them is
done all the same.
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
"""What BFCL takes for a function's name in the text of a call, even inside quoted texts."""


class Instances:
    """An entry's instances, and their methods by name.

    Example:
        >>> class Files:
        ...     def pwd(self):
        ...         return {"current_working_directory": "/"}
        >>> files = Instances({"Files": Files()}, "example")
        >>> files.run(ToolCall("pwd"))
        ('{"current_working_directory": "/"}', False)
        >>> files.run(ToolCall("pwd", {"depth": 1}))
        ("Error during execution: Files.pwd() got an unexpected keyword argument 'depth'", True)
    """

    def __init__(self, objects: Mapping[str, Any], label: str) -> None:
        """Looks up the objects' public methods.

        Args:
            objects: BFCL's own instances, by class name.
            label: Distinguishes them from other instances of the same process in BFCL's text of a call.
        """
        self.objects = objects
        self._methods: dict[str, Callable[..., Any]] = {}
        self._owners: dict[str, str] = {}
        # where two classes have a method of one name, the last one's is called, as in BFCL
        for owner, instance in objects.items():
            for name, method in inspect.getmembers(instance, inspect.ismethod):
                if not name.startswith("_"):
                    self._methods[name] = method
                    self._owners[name] = f"{label}_{owner}_instance"

    def run(self, call: ToolCall) -> tuple[str, bool]:
        """Runs one call.

        Args:
            call: The call, as parsed.

        Returns:
            What the model reads, and whether the call failed.
        """
        try:
            name, arguments = self._read(call)
            # a method sets the precision of the whole thread
            with decimal.localcontext():
                result = self._methods[name](**guarded(name, arguments, self.objects))
                return _written(_ordered(name, result)), _refused(result)
        except RecursionError:
            # not its own message, which depends on where it happens
            return f"{_FAILED}maximum recursion depth exceeded", True
        except Exception as error:
            return f"{_FAILED}{error}", True

    def _read(self, call: ToolCall) -> tuple[str, dict[str, Json]]:
        """Returns the method's name, and the arguments that BFCL's text of the call would pass to it.

        Raises:
            Exception: Whatever evaluating the text would raise.
        """
        # copied, since methods keep and change what they are given
        arguments: dict[str, Json] = copy_json(dict(call.arguments))
        # the short way, for nearly all calls: without a parenthesis in it, BFCL leaves the text as it is
        is_plain = call.name in self._methods and all(map(_is_plain_name, arguments))
        if is_plain and "(" not in json.dumps(arguments):
            return call.name, arguments
        return self._read_as_text(call.name, arguments)

    def _read_as_text(self, name: str, arguments: Mapping[str, Json]) -> tuple[str, dict[str, Json]]:
        """Does to a call what writing it as text does; the text is parsed, but never evaluated."""
        written_arguments = ",".join(f"{key}={value!r}" for key, value in arguments.items())
        text = f"{name}({written_arguments})"
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


def _is_plain_name(name: str) -> bool:
    """Whether a keyword argument's name survives being written as Python text."""
    # names beyond ASCII are normalized when text is parsed
    return name.isidentifier() and name.isascii() and not keyword.iskeyword(name)


def _keywords(given: Sequence[ast.keyword]) -> dict[str, Json]:
    """Returns the values by name; a repeated name is refused with the error that `eval` would raise."""
    arguments: dict[str, Json] = {}
    for entry in given:
        if entry.arg in arguments:
            raise SyntaxError(f"keyword argument repeated: {entry.arg} (<string>, line 1)")
        arguments[str(entry.arg)] = ast.literal_eval(entry.value)
    return arguments


def _written(result: Any) -> str:
    """Writes a result as BFCL does."""
    if isinstance(result, str):
        return result
    if isinstance(result, dict):
        try:
            return json.dumps(result)
        except Exception:
            # it holds an object, such as a directory
            return str(result)
    return str(result)


def _refused(result: Any) -> bool:
    """Whether a result reports an error."""
    # methods that return lists put their error in one, too
    if isinstance(result, list) and len(result) == 1:
        result = result[0]
    if isinstance(result, dict):
        return "error" in result
    return isinstance(result, str) and result.startswith("Error")


def _ordered(name: str, result: Any) -> Any:
    """Sorts the names in two error messages, where they are in a set's order, which differs from process to process."""
    if not isinstance(result, dict) or not isinstance(result.get("error"), str):
        return result

    error = result["error"]
    if name == "book_flight" and error.startswith("Invalid travel class"):
        return {**result, "error": re.sub(r"(?<=\{).*(?=\}$)", lambda match: _sorted_names(match[0]), error)}
    if name == "edit_ticket" and error.startswith("Invalid fields"):
        head, _, fields = error.partition(": ")
        return {**result, "error": f"{head}: {_sorted_names(fields)}"}
    return result


def _sorted_names(listed: str) -> str:
    return ", ".join(sorted(listed.split(", ")))
