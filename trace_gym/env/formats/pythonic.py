"""Calls as Python writes them, read from the syntax tree and never evaluated."""

from __future__ import annotations

import ast
import json
import re
import warnings

from trace_gym.env.formats.call_format import CallFormat
from trace_gym.env.parsing import MAX_TURN_CHARS, BadCall, Turn, parse_turn
from trace_gym.env.types import Json, ToolCall

_FENCE = re.compile(r"\A```(?:python|tool_code)?[ \t]*\n(.*?)\n?(?:```)?\s*\Z", re.DOTALL)
_CALL = re.compile(r"\A\s*\[?\s*[A-Za-z_][\w.]*\s*\(")


def render(calls: list[ToolCall]) -> str:
    """Writes a list of calls with named arguments.

    Args:
        calls: Of one turn.

    Example:
        >>> render([ToolCall("cancel_order", {"order_id": "W12"})])
        "[cancel_order(order_id='W12')]"
    """
    written = []
    for call in calls:
        arguments = ", ".join(f"{name}={value!r}" for name, value in call.arguments.items())
        written.append(f"{call.name}({arguments})")
    return f"[{', '.join(written)}]"


def parse(text: str) -> Turn:
    """Reads a turn that is nothing but calls, such as `f(a=1)` or `[f(a=1), g(b="x")]`; anything else is a message.

    Args:
        text: The whole turn; a fence around the calls is taken off.

    Example:
        >>> parse("done()").calls
        (ToolCall(name='done', arguments={}),)
    """
    if len(text) > MAX_TURN_CHARS:
        return parse_turn(text)

    body = text.strip()
    fenced = _FENCE.match(body)
    if fenced:
        body = fenced[1].strip()
    # prose is a message, and not a call with a syntax error
    if not _CALL.match(body):
        return Turn((), text.strip())

    try:
        with warnings.catch_warnings():
            # Python warns of odd escapes in what the model wrote
            warnings.simplefilter("ignore")
            statements = ast.parse(body).body
    except SyntaxError as error:
        return Turn((BadCall(f"The call is not valid Python: {error.msg}."),), "")
    except (ValueError, RecursionError, MemoryError):
        return Turn((BadCall("The call is not valid Python."),), "")

    nodes = _expressions(statements)
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    if not nodes or len(calls) < len(nodes):
        return Turn((), text.strip())
    return Turn(tuple(_call_of(call) for call in calls), "")


def _expressions(statements: list[ast.stmt]) -> list[ast.expr]:
    """The expressions that stand alone in a piece of code, those of lists one by one."""
    nodes: list[ast.expr] = []
    for statement in statements:
        if not isinstance(statement, ast.Expr):
            continue
        if isinstance(statement.value, ast.List):
            nodes += statement.value.elts
        else:
            nodes.append(statement.value)
    return nodes


def _call_of(node: ast.Call) -> ToolCall | BadCall:
    name = ast.unparse(node.func)
    if node.args or any(keyword.arg is None for keyword in node.keywords):
        return BadCall(f"The arguments of {name} must be given by name.")
    if len({keyword.arg for keyword in node.keywords}) < len(node.keywords):
        return BadCall(f"The call of {name} repeats an argument.")
    try:
        arguments: dict[str, Json] = {}
        for keyword in node.keywords:
            arguments[str(keyword.arg)] = ast.literal_eval(keyword.value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return BadCall(f"The arguments of {name} must be plain values.")
    return _through_json(name, arguments)


def _through_json(name: str, arguments: dict[str, Json]) -> ToolCall | BadCall:
    """Hands a call to the one parser that guards the environments, which refuses what JSON cannot hold."""
    try:
        body = json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return BadCall(f"The arguments of {name} must be plain values.")
    # a tag inside a value would end the call early
    if "tool_call>" in body:
        return BadCall(f"The call of {name} cannot be read.")

    calls = parse_turn(f"<tool_call>{body}</tool_call>").calls
    if len(calls) != 1:
        return BadCall(f"The call of {name} cannot be read.")
    return calls[0]


FORMAT = CallFormat(
    "pythonic",
    "To call tools write nothing but a list of Python calls with named arguments: [name(argument=value)].",
    parse,
    render,
)
