"""The tables of a comparison, in Markdown; every figure comes from `comparison.json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trace_trainers.compare.cells import DONE
from trace_trainers.compare.comparison import map_of

_STATUS = {"not_applicable": "", "failed": "failed: ", "missing": "not finished: "}


def render_comparison(comparison: Mapping[str, Any]) -> str:
    """Lays out a comparison.

    Args:
        comparison: The content of `comparison.json`.

    Returns:
        Markdown: a section for each base and pool, the map, and success by the number of capabilities.
    """
    lines = []
    for group in comparison["groups"]:
        lines += [f"## {_group_name(group)}", ""]
        lines += [*_scores(group), "", *_notes(group)]
        lines += ["### Is the difference decisive?", "", *_sentences(group), ""]
        lines += ["### Learning curves", "", *_curves(comparison, group), ""]
        lines += ["### By the number of capabilities a task needs", "", *_by(group, "by_k"), ""]
        lines += ["### By need, on tasks that need nothing else", "", *_by(group, "by_need"), ""]
        lines += ["### Tuning", "", *_sweeps(comparison, group), ""]
    lines += ["## Pool and signal: every method against target_grpo", "", *_map(comparison), ""]
    lines += ["## Does success fall as p^k?", "", _POWERS, "", *_powers(comparison), ""]
    return "\n".join(lines)


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Returns the lines of a Markdown table.

    Args:
        header: The columns' names.
        rows: The cells.

    Example:
        >>> markdown_table(["method", "n"], [["base", 8]])
        ['| method | n |', '|---|---|', '| base | 8 |']
    """
    lines = [f"| {' | '.join(header)} |", "|" + "---|" * len(header)]
    for row in rows:
        lines.append(f"| {' | '.join(str(cell) for cell in row)} |")
    return lines


def _group_name(group: Mapping[str, Any]) -> str:
    pool = f"a pool of {group['pool']} tasks"
    if not group["pool"]:
        pool = "an unlimited pool"
    return f"{group['model']}, {pool}"


def _scores(group: Mapping[str, Any]) -> list[str]:
    rows = []
    for name, method in group["methods"].items():
        if method["status"] != DONE:
            rows.append([name, _STATUS[method["status"]] + method["reason"], "", "", "", ""])
            continue
        last = method["curve"][-1]
        rows.append(
            [
                name,
                _percent(last["success"]),
                _span(last["interval"]),
                _numbers(last["rollouts"]),
                _numbers(method["sweep_rollouts"]),
                method["candidates"],
            ]
        )
    header = ["method", "success", "95 % interval", "rollouts", "tuning apart", "candidates"]
    return markdown_table(header, rows)


def _notes(group: Mapping[str, Any]) -> Iterator[str]:
    for name, method in group["methods"].items():
        if method["status"] == DONE and method["reason"]:
            yield f"`{name}`: {method['reason']}."
            yield ""


def _sentences(group: Mapping[str, Any]) -> list[str]:
    if not group["pairs"]:
        return ["No two methods are finished."]
    return [f"- {pair['sentence']}" for pair in group["pairs"]]


def _curves(comparison: Mapping[str, Any], group: Mapping[str, Any]) -> list[str]:
    rows = []
    for name, method in group["methods"].items():
        if method["status"] == DONE:
            cells = []
            for point in method["curve"]:
                mark = "*" if any(point["notes"]) and name != "base" else ""
                cells.append(f"{_percent(point['success'])}{mark} at {_numbers(point['rollouts'])}")
            rows.append([name, *cells])
    header = ["method"]
    for share in comparison["checkpoints"]:
        header.append(f"{share} %: {comparison['budget'] * share // 100:,} rollouts")
    return [*markdown_table(header, rows), "", "\\* in some seed no other than the base yet."]


def _by(group: Mapping[str, Any], key: str) -> list[str]:
    done = {name: method for name, method in group["methods"].items() if method["status"] == DONE}
    labels: dict[str, int] = {}
    for method in done.values():
        for label, row in method[key].items():
            labels[label] = row["n"]
    if not labels:
        return ["No held-out task says what it needs."]
    rows = []
    for name, method in done.items():
        rows.append([name, *(_percent(method[key][label]["success"]) for label in labels)])
    header = ["method", *(f"{label} ({count} tasks)" for label, count in labels.items())]
    return markdown_table(header, rows)


def _sweeps(comparison: Mapping[str, Any], group: Mapping[str, Any]) -> list[str]:
    rows = []
    for name, method in group["methods"].items():
        if method["status"] != DONE:
            continue
        for seed, table, settings in zip(comparison["seeds"], method["sweep"], method["settings"], strict=True):
            for row in table:
                chosen = all(settings[key] == value for key, value in row["settings"].items())
                values = ", ".join(f"{key} {value:g}" for key, value in row["settings"].items())
                score = "not played, it is the base"
                if row["episodes"]:
                    score = f"{row['successes']} of {row['episodes']}"
                rows.append([name, seed, values, score, "chosen" if chosen else ""])
    if not rows:
        return ["Nothing was tuned."]
    return markdown_table(["method", "seed", "setting", "solved in validation", ""], rows)


def _map(comparison: Mapping[str, Any]) -> list[str]:
    rows = []
    for row in map_of(comparison):
        pool = row["pool"] or "unlimited"
        rates = [_percent(row[key]) for key in ("base", "success", "rival")]
        pair = row["pair"]
        verdict = ["not both finished", "", ""]
        if pair is not None:
            difference = f"{100 * pair['difference']:+.1f} {_points(pair['interval'])}"
            verdict = [difference, f"{pair['p_holm']:.4f}", "decisive" if pair["decisive"] else "not decisive"]
        rows.append([row["model"], pool, row["method"], *rates, *verdict])
    header = ["base", "pool", "method", "base's success", "method's", "target_grpo's", "difference, points"]
    return markdown_table([*header, "p after Holm", ""], rows)


_POWERS = (
    "By the number k of capabilities that a task needs. *mined* is the base at the temperature of mining, which is how "
    "often a reward is found before anything is learnt; *p^k* is that with p taken at k = 1. Methods are scored on the "
    "held-out tasks."
)


def _powers(comparison: Mapping[str, Any]) -> list[str]:
    ks = sorted({k for group in comparison["groups"] for k in group["mined_by_k"]}, key=int)
    if not ks:
        return ["Nothing was mined."]
    rows = []
    for group in comparison["groups"]:
        place = [group["model"], group["pool"] or "unlimited"]
        mined = group["mined_by_k"]
        rows.append([*place, "mined", *(_percent(_success(mined, k)) for k in ks)])
        if "1" in mined:
            rows.append([*place, "p^k", *(_percent(mined["1"]["success"] ** int(k)) for k in ks)])
        for name, method in group["methods"].items():
            if method["status"] == DONE:
                rows.append([*place, name, *(_percent(_success(method["by_k"], k)) for k in ks)])
    return markdown_table(["base", "pool", "", *(f"k = {k}" for k in ks)], rows)


def _success(by_k: Mapping[str, Any], k: str) -> float | None:
    return by_k[k]["success"] if k in by_k else None


def _percent(rate: float | None) -> str:
    if rate is None:
        return ""
    return f"{100 * rate:.1f} %"


def _span(interval: Sequence[float]) -> str:
    return f"[{100 * interval[0]:.1f}, {100 * interval[1]:.1f}]"


def _points(interval: Sequence[float]) -> str:
    return f"[{100 * interval[0]:+.1f}, {100 * interval[1]:+.1f}]"


def _numbers(values: Sequence[int]) -> str:
    """The number of all seeds, or the least and the most."""
    low, high = min(values), max(values)
    if low == high:
        return f"{low:,}"
    return f"{low:,} to {high:,}"
