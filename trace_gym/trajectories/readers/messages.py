"""Converting the messages of other formats: content to text, arguments to objects, results paired with calls."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

from trace_gym.errors import UserError

_ROLES = {"developer": "system", "function": "tool"}
_HANDLED = frozenset(
    {"role", "content", "tool_calls", "function_call", "tool_call_id", "error", "is_error", "requestor"}
)
"""The keys that `chat_message` converts; the others are kept as they are."""


def chat_message(row: Mapping[str, Any]) -> dict[str, Any]:
    """Reads an OpenAI chat message; other keys are kept unless they are None.

    A tool message is an error if its `error` or `is_error` says so or, where it has neither, if it starts with `Error`.

    Args:
        row: The message as the file has it.

    Raises:
        UserError: If a value has another type than in OpenAI's messages.
        KeyError: If it has no role.

    Example:
        >>> chat_message({"role": "developer", "content": [{"type": "text", "text": "Be brief."}]})
        {'role': 'system', 'content': 'Be brief.'}
    """
    role = _ROLES.get(row["role"], row["role"])
    if not isinstance(role, str):
        raise UserError(f"a message's role is {role!r:.40}, expected text")
    if not isinstance(row.get("name", ""), str | None):
        raise UserError(f"the name of a {role} message is {row['name']!r:.40}, expected text")

    message: dict[str, Any] = {"role": role, "content": content_text(row.get("content"))}
    calls = list(objects(row.get("tool_calls") or [], "tool_calls"))
    # the older form of OpenAI's API, with one call per message
    if row.get("function_call"):
        calls.append({"function": row["function_call"]})
    if calls:
        message["tool_calls"] = [_chat_call(call) for call in calls]

    if role == "tool":
        message["tool_call_id"] = row.get("tool_call_id") or ""
        set_error(message, _failure(row, message["content"]))
    if row.get("requestor") == "user":
        message["requestor"] = "user"

    for key, value in row.items():
        if key not in _HANDLED and value is not None:
            message[key] = value
    return message


def _failure(row: Mapping[str, Any], content: str) -> Any:
    """What a tool message says of its failure."""
    for key in ("error", "is_error"):
        if row.get(key) is not None:
            return row[key]
    return content.startswith("Error")


def objects(value: Any, name: str) -> list[dict[str, Any]]:
    """Checks that a value is a list of objects, such as messages or calls, and returns it.

    Args:
        value: The value as the file has it.
        name: Its name, for the error.

    Raises:
        UserError: If it is anything else.
    """
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    raise UserError(f"{name} is {value!r:.60}, expected a list of objects")


def set_error(message: dict[str, Any], failure: Any) -> None:
    """Sets the `error` flag of a tool message, and `error_message` to the text unless the content has it already.

    Args:
        message: A tool message, changed in place.
        failure: How the format marks a failure: a flag, a text, or an object with a `message`.

    Example:
        >>> message = {"role": "tool", "content": "42"}
        >>> set_error(message, "timed out")
        >>> message
        {'role': 'tool', 'content': '42', 'error': True, 'error_message': 'timed out'}
    """
    message["error"] = bool(failure)
    if isinstance(failure, Mapping):
        failure = failure.get("message") or json.dumps(failure)
    if not isinstance(failure, str) or failure in message["content"]:
        return

    if message["content"]:
        message["error_message"] = failure
    else:
        # the error was all that the assistant was shown
        message["content"] = failure


def _chat_call(row: Mapping[str, Any]) -> dict[str, Any]:
    body = row
    # some data sets write `{id, name, arguments}` without the object between
    if isinstance(row.get("function"), Mapping):
        body = row["function"]
    return call_of(row.get("id"), body["name"], body.get("arguments"))


def call_of(identifier: Any, name: Any, arguments: Any) -> dict[str, Any]:
    """Returns a tool call in OpenAI's form, with its arguments as an object.

    Args:
        identifier: The call's id; empty or None for none.
        name: The tool's name.
        arguments: An object, JSON text of one, or None.

    Raises:
        UserError: If the arguments are anything else, or the name is not text.

    Example:
        >>> call_of("c1", "look", '{"a": 1}')["function"]
        {'name': 'look', 'arguments': {'a': 1}}
    """
    if not isinstance(name, str):
        raise UserError(f"a call's name is {name!r:.40}, expected text")

    value = arguments
    if value is None or (isinstance(value, str) and not value.strip()):
        # some endpoints send no text for a call without arguments
        value = {}
    if isinstance(value, str):
        # text that is not JSON is refused below
        with contextlib.suppress(ValueError, RecursionError):
            value = json.loads(value)

    # `null` is how others write no arguments
    if value is None:
        value = {}
    if not isinstance(value, dict):
        raise UserError(f"the arguments of a call of {name} are {arguments!r:.60}, expected a JSON object")
    return {"id": str(identifier or ""), "type": "function", "function": {"name": name, "arguments": value}}


def content_text(content: Any) -> str:
    r"""Returns a message's content as text; other parts, such as images, are named by their type in brackets.

    Args:
        content: Text, a list of parts, or None.

    Raises:
        UserError: If it is anything else.

    Example:
        >>> content_text([{"type": "text", "text": "See:"}, {"type": "image_url", "image_url": {}}])
        'See:\n[image_url]'
    """
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise UserError(f"a message's content is {content!r:.60}, expected text or a list of parts")

    texts = []
    for part in content:
        text = _part(part)
        if text:
            texts.append(text)
    return "\n".join(texts)


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping):
        raise UserError(f"a part of a message is {part!r:.60}, expected text or an object")

    # AgentDojo writes a part's text into `content`
    value = part.get("text", part.get("content"))
    if part.get("type", "text") in ("text", "input_text", "output_text") and isinstance(value, str):
        return value
    # `thoughts` reads these
    if part.get("type") in ("reasoning", "thinking", "redacted_thinking"):
        return ""
    return f"[{part.get('type')}]"


def thoughts(content: Any, *keys: str) -> str:
    """Returns the text of a content's reasoning parts.

    Args:
        content: Text or a list of parts.
        *keys: Keys that a part may hold its text under; the first that is set wins.

    Example:
        >>> thoughts([{"type": "thinking", "thinking": "Hmm."}, {"type": "text", "text": "Yes."}], "thinking")
        'Hmm.'
    """
    if not isinstance(content, list):
        return ""

    texts = []
    for part in content:
        if isinstance(part, Mapping) and part.get("type") in ("reasoning", "thinking"):
            texts.append(next((str(part[key]) for key in keys if part.get(key)), ""))
    return "\n".join(texts).strip()
