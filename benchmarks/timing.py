"""Timing contenders in turns, so that what else the machine does falls on all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Contender:
    """What is timed."""

    work: Callable[[Any], int]
    """Gets what `prepare` returned, does a number of operations and returns how many."""
    prepare: Callable[[], Any] = lambda: None
    """Runs before, untimed."""


def interleaved(contenders: Mapping[str, Contender], rounds: int) -> dict[str, list[float]]:
    """Runs every contender once a round and returns seconds per operation, a list over rounds for each.

    Args:
        contenders: by name.
        rounds: how many rounds count; one before them does not.
    """
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, contender in contenders.items():
            prepared = contender.prepare()
            started = time.perf_counter()
            operations = contender.work(prepared)
            seconds = (time.perf_counter() - started) / operations
            if number:
                found[name].append(seconds)
    return found


def ratio(slow: list[float], fast: list[float]) -> str:
    """The median over rounds of slow / fast, with the lowest and the highest."""
    each = [a / b for a, b in zip(slow, fast, strict=True)]
    return f"{statistics.median(each):.1f} ({min(each):.1f} to {max(each):.1f})"


def microseconds(seconds: list[float]) -> str:
    """The median in microseconds."""
    return f"{1e6 * statistics.median(seconds):.1f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
