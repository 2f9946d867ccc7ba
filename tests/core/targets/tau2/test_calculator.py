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


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 / 3", "0.33"),
        ("2.675 * 1", "2.67"),
        ("7 // 2", "3.0"),
        ("-7 // 2", "-4.0"),
        ("2 ** 10", "1024.0"),
        ("2 ** -1", "0.5"),
        ("-2 ** 2", "-4.0"),
        ("   8", "8.0"),
        (".5 + 5.", "5.5"),
        ("+-+1", "-1.0"),
        ("10 ** 256 / 10 ** 256", "1.0"),
    ],
)
def test_values_are_rounded_to_two_places(expression: str, value: str) -> None:
    assert calculate(expression) == value


@pytest.mark.parametrize(
    ("expression", "error", "words"),
    [
        ("", SyntaxError, "invalid syntax"),
        ("1 +", SyntaxError, "invalid syntax"),
        ("(1", SyntaxError, "never closed"),
        ("1 2", SyntaxError, "invalid syntax"),
        ("1 / 0", ZeroDivisionError, "division by zero"),
        ("2(3)", TypeError, "'int' object is not callable"),
        ("()", TypeError, "not 'tuple'"),
        ("1e5", ValueError, "Invalid characters"),
        ("__import__", ValueError, "Invalid characters"),
        ("１ + 1", ValueError, "Invalid characters"),
        ("1\n+ 1", ValueError, "Invalid characters"),
        ("2 ** 257", ValueError, "Power too high"),
        ("(10 ** 256 * 10) ** 2", ValueError, "Power too high"),
        ("1" * 1001, ValueError, "longer than 1000 characters"),
        ("9" * 400, OverflowError, "too large"),
    ],
)
def test_what_is_no_arithmetic_is_refused_in_words(expression: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        calculate(expression)
