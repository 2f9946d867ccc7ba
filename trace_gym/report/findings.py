"""What the statistics of capabilities mean, in words; for the terminal and for the HTML report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trace_gym.capabilities.exercise import PROMPT, TRAINING


def findings_of(row: Mapping[str, Any]) -> list[str]:
    """Says why a capability is not selected, and what a reader must know of one that is.

    Args:
        row: Its row in `capabilities.json`; what a file from before a statistic lacks is not spoken of.

    Example:
        >>> findings_of({"selected": False, "objection": "found in 2 of at least 3 failures"})
        ['not selected: found in 2 of at least 3 failures']
    """
    found = []
    if not row["selected"] and row.get("objection"):
        found.append(f"not selected: {row['objection']}")
    if row.get("selected_by") == "repair":
        passes = row["lacking_passed"] + row["present_passed"]
        shown = {0: "no pass shows an occasion", 1: "one pass alone shows an occasion"}
        few = shown.get(passes, f"{passes} passes alone show an occasion")
        found.append(
            f"selected by repair: {few}, but each of the {row['lacking_failed']} failures that lack it passes once it "
            "is repaired"
        )

    restates = row.get("restates")
    if restates and restates["flagged"]:
        knows = ", which repair knows" if row.get("verified") else ""
        found.append(f"restates the outcome{knows}: {restates['equal']} of {restates['labels']} labels equal it")
    is_fatal = row.get("delta") is None and row.get("lacking_failed")
    if row.get("remedy") and (row["selected"] or is_fatal):
        found.append(remedy_in_words(row))
    return found


def remedy_in_words(row: Mapping[str, Any]) -> str:
    """Says whether a prompt may do, or training is needed.

    Args:
        row: The row of a capability with at least one occasion.

    Example:
        >>> remedy_in_words({"remedy": "prompt", "exercised": {"count": 11, "occasions": 44, "upper_bound": None}})
        'exercised in 11 of 44 occasions, so a prompt may do'
    """
    words = {PROMPT: "a prompt may do", TRAINING: "training is needed"}[row["remedy"]]
    exercised = row["exercised"]
    if exercised["upper_bound"] is None:
        return f"exercised in {exercised['count']} of {exercised['occasions']} occasions, so {words}"
    bound = f"at most {100 * exercised['upper_bound']:.0f} %, at 95 %"
    return f"never exercised in {exercised['occasions']} occasions ({bound}), so {words}"


def notes_on(capabilities: Mapping[str, Any]) -> list[str]:
    """Says what holds of the whole log: its limits, the attempts set apart, and capabilities that go together.

    Args:
        capabilities: The content of `capabilities.json`.

    Example:
        >>> pair = {"first": "tact", "second": "patience", "both": 3, "either": 4, "jaccard": 0.75}
        >>> notes_on({"capabilities": [], "overlaps": [pair]})
        ['tact and patience go together: 3 of 4 failures that lack one lack both']
    """
    notes = [sentence.rstrip(".") for sentence in capabilities.get("remarks", [])]
    for labeller, counts in _set_apart(capabilities).items():
        listed = ", ".join(f"{side} {count}" for side, count in counts.items())
        total = sum(counts.values())
        attempts = "attempt is" if total == 1 else "attempts are"
        notes.append(f"{total} {attempts} set apart by {labeller}, in no denominator: {listed}")
    for pair in capabilities.get("overlaps", []):
        notes.append(
            f"{pair['first']} and {pair['second']} go together: {pair['both']} of {pair['either']} failures that lack "
            "one lack both"
        )
    return notes


def _set_apart(capabilities: Mapping[str, Any]) -> dict[str, Mapping[str, int]]:
    """The counts by side of each labeller that set any apart."""
    counts = {}
    for row in capabilities["capabilities"]:
        if row.get("set_apart"):
            counts[str(row["labeller"])] = row["set_apart"]
    return counts
