"""The benchmark's `calculate` tool without `eval`: the same results within limits, and nothing that can hang."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

_ALLOWED = frozenset("0123456789+-*/(). ")
_LONGEST = 1000
"""Characters of an expression."""
_LARGEST_POWER = 256
"""Largest exponent, and the most decimal digits of a base."""
_DEEPEST = 200
"""Nested operations; without a limit, Python's own recursion limit would decide, which depends on the caller."""
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}


def calculate(expression: str) -> str:
    """Returns the value of an arithmetic expression, rounded to two places.

    Args:
        expression: What the assistant wrote.

    Raises:
        ValueError: If a character is not allowed, or the expression is too long, too deep, or its powers are too high.
        SyntaxError: If it is not an expression, as in the benchmark's own tool.
        ZeroDivisionError: If it divides by zero.

    Example:
        >>> calculate("(2 + 3) * 4 / 3")
        '6.67'
    """
    if not all(character in _ALLOWED for character in expression):
        raise ValueError("Invalid characters in expression")
    if len(expression) > _LONGEST:
        raise ValueError(f"Expression longer than {_LONGEST} characters")

    # eval ignores leading spaces, which ast.parse takes for an indentation
    tree = ast.parse(expression.lstrip(" "), "<string>", "eval")
    return str(round(float(_value(tree.body)), 2))


def _value(node: ast.expr, depth: int = 0) -> Any:
    """Computes a node's value; what `eval` would refuse raises an error of the same type."""
    if depth > _DEEPEST:
        raise ValueError(f"Expression with more than {_DEEPEST} operations inside of one another")
    if isinstance(node, ast.Constant):
        return node.value

    if isinstance(node, ast.BinOp):
        left = _value(node.left, depth + 1)
        right = _value(node.right, depth + 1)
        if isinstance(node.op, ast.Pow) and (abs(right) > _LARGEST_POWER or abs(left) > 10**_LARGEST_POWER):
            raise ValueError("Power too high")
        return _BINARY[type(node.op)](left, right)

    if isinstance(node, ast.UnaryOp):
        return _UNARY[type(node.op)](_value(node.operand, depth + 1))
    # the allowed characters also write "2(3)" and "()", in which eval raises these errors
    if isinstance(node, ast.Call):
        raise TypeError(f"'{type(_value(node.func, depth + 1)).__name__}' object is not callable")
    if isinstance(node, ast.Tuple):
        raise TypeError("float() argument must be a string or a real number, not 'tuple'")

    raise ValueError("Not an arithmetic expression")
