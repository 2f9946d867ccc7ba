"""The calculator without `eval`: its values, its limits, and what it refuses."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from trace_gym.targets.tau2.calculator import calculate


def drawn(rng: np.random.Generator, depth: int) -> tuple[str, Fraction]:
    """An expression of numbers, signs, brackets and operators, and its exact value."""
    if depth == 0 or rng.random() < 0.2:
        number = int(rng.integers(0, 50))
        return str(number), Fraction(number)
    left, left_value = drawn(rng, depth - 1)
    right, right_value = drawn(rng, depth - 1)
    operator = "+-*"[int(rng.integers(3))]
    value = {"+": left_value + right_value, "-": left_value - right_value, "*": left_value * right_value}[operator]
    sign = int(rng.integers(2))
    return f"{'-' * sign}({left} {operator} {right})", -value if sign else value


def test_random_expressions_have_their_exact_value() -> None:
    rng = np.random.default_rng(3)
    for _ in range(300):
        expression, value = drawn(rng, 4)
        assert float(calculate(expression)) == pytest.approx(float(value))


VALUES = """
1 / 3 = 0.33
2.675 * 1 = 2.67
7 // 2 = 3.0
-7 // 2 = -4.0
2 ** 10 = 1024.0
2 ** -1 = 0.5
-2 ** 2 = -4.0
   8 = 8.0
.5 + 5. = 5.5
+-+1 = -1.0
10 ** 256 / 10 ** 256 = 1.0
"""


@pytest.mark.parametrize("line", VALUES.strip("\n").splitlines())
def test_values_are_rounded_to_two_places(line: str) -> None:
    expression, value = line.split(" = ")
    assert calculate(expression) == value


REFUSALS = """
1 + -> SyntaxError: invalid syntax
(1 -> SyntaxError: '(' was never closed
1 2 -> SyntaxError: invalid syntax
1 / 0 -> ZeroDivisionError: division by zero
2(3) -> TypeError: 'int' object is not callable
() -> TypeError: float() argument must be a string or a real number, not 'tuple'
1e5 -> ValueError: Invalid characters in expression
__import__ -> ValueError: Invalid characters in expression
１ + 1 -> ValueError: Invalid characters in expression
2 ** 257 -> ValueError: Power too high
(10 ** 256 * 10) ** 2 -> ValueError: Power too high
"""


def refusal(expression: str) -> str:
    with pytest.raises((ValueError, ArithmeticError, SyntaxError, TypeError)) as caught:
        calculate(expression)
    return f"{caught.type.__name__}: {caught.value}"


@pytest.mark.parametrize("line", REFUSALS.strip().splitlines())
def test_what_is_no_arithmetic_is_refused_in_words(line: str) -> None:
    expression, said = line.split(" -> ")
    assert refusal(expression).startswith(said)


def test_expressions_beyond_a_limit_are_refused() -> None:
    assert refusal("1" * 1001) == "ValueError: Expression longer than 1000 characters"
    assert refusal("9" * 400).startswith("OverflowError: ")
    assert refusal("1\n+ 1").startswith("ValueError: Invalid characters")
    assert refusal("").startswith("SyntaxError: ")
