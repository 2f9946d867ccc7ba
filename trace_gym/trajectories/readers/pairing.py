"""Pairing the tool calls of a conversation with their results."""

from __future__ import annotations

from typing import Any

from trace_gym.errors import UserError


def paired(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Gives ids to calls that have none, and checks that calls and results belong together.

    The last calls of an aborted conversation may have no result.

    Args:
        messages: A whole conversation, changed in place.

    Returns:
        The same messages.

    Raises:
        UserError: If a result answers no call, or a call has no result.
    """
    waiting: list[dict[str, Any]] = []
    # by identity, for two calls may be equal
    numbered: set[int] = set()
    for position, message in enumerate(messages):
        if message["role"] == "tool":
            _answer(waiting, numbered, message, position)
        elif message.get("tool_calls"):
            _all_answered(waiting, position)
            waiting = list(message["tool_calls"])
            for call in waiting:
                if not call["id"]:
                    numbered.add(id(call))
                    call["id"] = f"call_{len(numbered)}"
        elif message["role"] == "assistant":
            _all_answered(waiting, position)

    # the user speaks once the assistant's turn is over, when its calls have been executed
    if messages and messages[-1]["role"] == "user" and not messages[-1].get("tool_calls"):
        _all_answered(waiting, len(messages))
    return messages


def _answer(waiting: list[dict[str, Any]], numbered: set[int], result: dict[str, Any], position: int) -> None:
    """Pairs a result with the call it answers, which then waits no longer."""
    identifier = str(result.get("tool_call_id") or "")
    call = _call_answered(waiting, numbered, identifier)
    if call is None:
        raise UserError(f"the tool result {identifier!r:.60} (message {position}) answers no call")

    if identifier:
        call["id"] = identifier
    result["tool_call_id"] = call["id"]
    waiting[:] = [other for other in waiting if other is not call]


def _call_answered(waiting: list[dict[str, Any]], numbered: set[int], identifier: str) -> dict[str, Any] | None:
    for call in waiting:
        if call["id"] == identifier:
            return call

    # where the call or the result has no id of its own, they are paired in order
    for call in waiting:
        if not identifier or id(call) in numbered:
            return call
    return None


def _all_answered(waiting: list[dict[str, Any]], position: int) -> None:
    if not waiting:
        return
    call = waiting[0]
    name = call["function"]["name"]
    raise UserError(f"the call {call['id']!r:.60} of {name} has no result before message {position}")
