"""Text that matches a regular expression, for sampling the arguments of tools."""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any

import numpy as np

_NEW = sys.version_info >= (3, 11)
codes: Any = importlib.import_module("re._constants" if _NEW else "sre_constants")
parser: Any = importlib.import_module("re._parser" if _NEW else "sre_parse")

_MOST_REPEATS = 4
"""Repetitions beyond the fewest that an open quantifier is given."""
_PRINTABLE = [chr(code) for code in range(32, 127)]


def sample_pattern(pattern: str, rng: np.random.Generator) -> str:
    """Draws a text in which `re.search(pattern, ...)` finds a match: the match itself.

    Raises:
        ValueError: if the pattern is malformed or uses look-around, back-references or conditions.
    """
    try:
        tree = parser.parse(pattern)
    except re.error as error:
        raise ValueError(f"The pattern {pattern!r} is no regular expression: {error}.") from None
    return "".join(_draw(node, rng, pattern) for node in tree)


def _draw(node: Any, rng: np.random.Generator, pattern: str) -> str:
    code, value = node
    if code is codes.LITERAL:
        return chr(value)
    if code in (codes.NOT_LITERAL, codes.ANY, codes.IN):
        members = _members(code, value)
        return members[int(rng.integers(len(members)))]
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
        fewest, most, inner = value
        count = int(rng.integers(fewest, min(most, fewest + _MOST_REPEATS) + 1))
        return "".join(_draw(part, rng, pattern) for _ in range(count) for part in inner)
    if code is codes.SUBPATTERN:
        return "".join(_draw(part, rng, pattern) for part in value[-1])
    if code is codes.BRANCH:
        branches = value[1]
        return "".join(_draw(part, rng, pattern) for part in branches[int(rng.integers(len(branches)))])
    if code is codes.AT:  # anchors take no room
        return ""
    raise ValueError(f"The pattern {pattern!r} uses {code}, which cannot be sampled from.")


def _members(code: Any, value: Any) -> list[str]:
    """The printable characters a single-character node matches."""
    if code is codes.ANY:
        return _PRINTABLE
    if code is codes.NOT_LITERAL:
        return [c for c in _PRINTABLE if ord(c) != value]
    negated = value[0][0] is codes.NEGATE
    own = [chr(part[1]) for part in value if part[0] is codes.LITERAL]
    found = [c for c in [*_PRINTABLE, *own] if any(_in_part(c, part) for part in value)]
    found += [chr(part[1][0]) for part in value if part[0] is codes.RANGE and not found]
    return [c for c in _PRINTABLE if c not in found] if negated else found


def _in_part(character: str, part: Any) -> bool:
    code, value = part
    if code is codes.LITERAL:
        return bool(ord(character) == value)
    if code is codes.RANGE:
        return bool(value[0] <= ord(character) <= value[1])
    if code is codes.CATEGORY:
        return re.fullmatch(_CATEGORIES[value], character) is not None
    return False


_CATEGORIES = {
    codes.CATEGORY_DIGIT: r"\d",
    codes.CATEGORY_NOT_DIGIT: r"\D",
    codes.CATEGORY_SPACE: r"\s",
    codes.CATEGORY_NOT_SPACE: r"\S",
    codes.CATEGORY_WORD: r"\w",
    codes.CATEGORY_NOT_WORD: r"\W",
}
