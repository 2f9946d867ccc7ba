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
    """Writes a list of calls with named arguments."""
    written = [f"{call.name}({', '.join(f'{k}={v!r}' for k, v in call.arguments.items())})" for call in calls]
    return f"[{', '.join(written)}]"


def parse(text: str) -> Turn:
    """Reads a turn that is nothing but calls such as `f(a=1)` or `[f(a=1), g(b="x")]`; anything else is a message."""
    if len(text) > MAX_TURN_CHARS:
        return parse_turn(text)
    fenced = _FENCE.match(text.strip())
    body = (fenced[1] if fenced else text).strip()
    if not _CALL.match(body):
        return Turn((), text.strip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python warns of odd escapes in what the model wrote
            statements = ast.parse(body).body
    except SyntaxError as error:
        return Turn((BadCall(f"The call is not valid Python: {error.msg}."),), "")
    except (ValueError, RecursionError, MemoryError):
        return Turn((BadCall("The call is not valid Python."),), "")
    nodes: list[ast.expr] = []
    for statement in statements:
        value = statement.value if isinstance(statement, ast.Expr) else None
        nodes += value.elts if isinstance(value, ast.List) else [value] if value is not None else []
    if not nodes or not all(isinstance(node, ast.Call) for node in nodes):
        return Turn((), text.strip())
    return Turn(tuple(_call_of(node) for node in nodes if isinstance(node, ast.Call)), "")


def _call_of(node: ast.Call) -> ToolCall | BadCall:
    name = ast.unparse(node.func)
    if node.args or any(keyword.arg is None for keyword in node.keywords):
        return BadCall(f"The arguments of {name} must be given by name.")
    if len({keyword.arg for keyword in node.keywords}) < len(node.keywords):
        return BadCall(f"The call of {name} repeats an argument.")
    try:
        arguments: dict[str, Json] = {str(k.arg): ast.literal_eval(k.value) for k in node.keywords}
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return BadCall(f"The arguments of {name} must be plain values.")
    # what JSON cannot hold is refused by the one parser that guards the environments
    try:
        body = json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return BadCall(f"The arguments of {name} must be plain values.")
    calls = parse_turn(f"<tool_call>{body}</tool_call>").calls if "tool_call>" not in body else ()
    return calls[0] if len(calls) == 1 else BadCall(f"The call of {name} cannot be read.")


FORMAT = CallFormat(
    "pythonic",
    "To call tools write nothing but a list of Python calls with named arguments: [name(argument=value)].",
    parse,
    render,
)
