"""From other formats' messages to ours: text, calls with object arguments, results that belong to calls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from trace_gym.errors import UserError

_ROLES = {"developer": "system", "function": "tool"}
_OURS = frozenset({"role", "content", "tool_calls", "function_call", "tool_call_id", "error", "is_error", "requestor"})


def chat_message(row: Mapping[str, Any]) -> dict[str, Any]:
    """Reads an OpenAI chat message; keys that are not OpenAI's are kept where they hold something.

    A tool message is an error where `error` or `is_error` says so; where neither is there, if it starts with `Error`.

    Args:
        row: As the file has it.

    Raises:
        UserError: If it is none.
        KeyError: If it has no role.
    """
    role = _ROLES.get(row["role"], row["role"])
    if not isinstance(role, str):
        raise UserError(f"the role {role!r:.40} is no text")
    if not isinstance(row.get("name", ""), str | None):
        raise UserError(f"the name of a {role} message is {row['name']!r:.40}, expected text")

    message: dict[str, Any] = {"role": role, "content": content_text(row.get("content"))}
    calls = list(objects(row.get("tool_calls") or [], "tool_calls"))
    if row.get("function_call"):
        calls.append({"function": row["function_call"]})

    if calls:
        message["tool_calls"] = [_chat_call(call) for call in calls]
    if role == "tool":
        if row.get("error") is not None:
            failure = row["error"]
        else:
            failure = row.get("is_error")
        message["tool_call_id"] = row.get("tool_call_id") or ""
        set_error(message, message["content"].startswith("Error") if failure is None else failure)

    if row.get("requestor") == "user":
        message["requestor"] = "user"
    message.update({key: value for key, value in row.items() if key not in _OURS and value is not None})
    return message


def objects(value: Any, name: str) -> list[dict[str, Any]]:
    """Returns a list of messages or calls.

    Args:
        value: As the file has it.
        name: What it is called, for messages.

    Raises:
        UserError: If it is none.
    """
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    raise UserError(f"{name} is {value!r:.60}, expected a list of objects")


def set_error(message: dict[str, Any], failure: Any) -> None:
    """Marks a tool message as error or not; a text that its content does not hold is kept in `error_message`.

    Args:
        message: A tool message, changed in place.
        failure: What the format says of it: a flag, a text, or an object with a message.
    """
    message["error"] = bool(failure)
    if isinstance(failure, Mapping):
        failure = failure.get("message") or json.dumps(failure)
    if isinstance(failure, str) and failure not in message["content"]:
        if message["content"]:
            message["error_message"] = failure
        else:
            message["content"] = failure


def _chat_call(row: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(row.get("function"), Mapping):
        body = row["function"]
    else:
        body = row
    return call_of(row.get("id"), body["name"], body.get("arguments"))


def call_of(identifier: Any, name: Any, arguments: Any) -> dict[str, Any]:
    """Makes a call; `arguments` may be an object, JSON text of one, or nothing.

    Args:
        identifier: The call's id; empty or None for none.
        name: The tool.
        arguments: An object, JSON text of one, or nothing.

    Raises:
        UserError: If they are something else, or the name is no text.
    """
    if not isinstance(name, str):
        raise UserError(f"a call's name is {name!r:.40}, expected text")
    value = arguments
    if isinstance(arguments, str):
        try:
            if arguments.strip():
                value = json.loads(arguments)
            else:
                value = {}
        except (ValueError, RecursionError):
            value = arguments

    if value is None:
        value = {}
    if not isinstance(value, dict):
        raise UserError(f"the arguments of a call of {name} are {arguments!r:.60}, expected a JSON object")
    return {"id": str(identifier or ""), "type": "function", "function": {"name": name, "arguments": value}}


def content_text(content: Any) -> str:
    """Returns a message's content as text; parts that are no text are named in brackets.

    Args:
        content: Text, a list of parts, or nothing.

    Raises:
        UserError: If it is no content.
    """
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise UserError(f"a message's content is {content!r:.60}, expected text or a list of parts")
    found = [_part(part) for part in content]
    return "\n".join(part for part in found if part)


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping):
        raise UserError(f"a part of a message is {part!r:.60}, expected text or an object")

    # AgentDojo writes a part's text into `content`
    value = part.get("text", part.get("content"))
    if part.get("type", "text") in ("text", "input_text", "output_text") and isinstance(value, str):
        return value
    if part.get("type") in ("reasoning", "thinking", "redacted_thinking"):
        return ""
    return f"[{part.get('type')}]"


def thoughts(content: Any, *keys: str) -> str:
    """Returns the reasoning parts of a content, found under one of `keys`.

    Args:
        content: Text or a list of parts.
        *keys: Names of the field that holds the text, the first that is set wins.
    """
    if not isinstance(content, list):
        return ""

    texts = []
    for part in content:
        if isinstance(part, Mapping) and part.get("type") in ("reasoning", "thinking"):
            texts.append(next((str(part[key]) for key in keys if part.get(key)), ""))
    return "\n".join(texts).strip()


def paired(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Gives ids to calls that have none, and makes sure that calls and results belong together.

    The last calls of a conversation that was cut off may be without a result.

    Args:
        messages: A whole conversation, changed in place.

    Raises:
        UserError: If a result answers no call, or a call has no result.
    """
    waiting: list[dict[str, Any]] = []
    named: set[int] = set()
    made = 0
    for position, message in enumerate(messages):
        if message["role"] == "tool":
            _answer(waiting, named, message, position)
        elif message.get("tool_calls"):
            _all_answered(waiting, position)
            waiting = list(message["tool_calls"])
            for call in waiting:
                if not call["id"]:
                    made += 1
                    call["id"] = f"call_{made}"
                    named.add(id(call))
        elif message["role"] == "assistant":
            _all_answered(waiting, position)

    if messages and messages[-1]["role"] == "user" and not messages[-1].get("tool_calls"):
        _all_answered(waiting, len(messages))
    return messages


def _answer(waiting: list[dict[str, Any]], named: set[int], result: dict[str, Any], position: int) -> None:
    identifier = str(result.get("tool_call_id") or "")
    own = next((call for call in waiting if call["id"] == identifier), None)
    # a side without ids pairs by order
    loose = next((call for call in waiting if not identifier or id(call) in named), None)
    call = own or loose
    if call is None:
        raise UserError(f"the tool result {identifier!r:.60} (message {position}) answers no call")

    if identifier:
        call["id"] = identifier
    result["tool_call_id"] = call["id"]
    waiting[:] = [other for other in waiting if other is not call]


def _all_answered(waiting: list[dict[str, Any]], position: int) -> None:
    if waiting:
        call = waiting[0]
        raise UserError(
            f"the call {call['id']!r:.60} of {call['function']['name']} has no result before message {position}"
        )
