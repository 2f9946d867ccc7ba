"""The table of capabilities."""

from __future__ import annotations

from typing import Any

from trace_gym.capabilities.selection import selected
from trace_gym.report.capabilities import render_capabilities


def cells(line: str) -> list[str]:
    """The columns of a line, which stand two spaces apart."""
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def is_lacking(row: dict[str, Any]) -> bool:
    return row["lacking_failed"] + row["lacking_passed"] >= 3


def test_every_capability_that_is_lacking_has_a_line_in_order(found: dict[str, Any]) -> None:
    header, _, *lines = render_capabilities(found).split("\n\n")[0].splitlines()

    assert cells(header)[:3] == ["capability", "selected", "runs"]
    assert [cells(line)[0] for line in lines] == [row["name"] for row in found["capabilities"] if is_lacking(row)]
    assert [cells(line)[1] for line in lines].count("yes") == len(selected(found))


def test_numbers_have_two_decimals_and_counts_none(found: dict[str, Any]) -> None:
    row = found["capabilities"][0]
    low, high = row["delta_interval"]
    line = cells(render_capabilities(found).splitlines()[2])

    assert line[2:4] == [f"{row['runs_passed']}/{row['runs']}", str(row["lacking_failed"])]
    assert line[7] == f"{row['coverage']:.2f}"
    assert line[-2:] == [f"[{low:.2f}, {high:.2f}]", f"{row['q']:.2f}"]


def test_without_contrast_the_line_says_so(found: dict[str, Any]) -> None:
    row = dict(found["capabilities"][0])
    for name in ("coverage", "error_rate_failed", "error_rate_passed", "delta", "delta_interval", "q"):
        row[name] = None
    line = cells(render_capabilities({"capabilities": [row]}).splitlines()[2])

    assert line[7:] == ["-", "-", "-", "-", "no contrast", "-"]


def test_no_capabilities_leave_the_header() -> None:
    assert len(render_capabilities({"capabilities": []}).splitlines()) == 2


def test_the_second_table_has_the_statistics_beside_the_contrast(found: dict[str, Any]) -> None:
    tables = render_capabilities(found).split("\n\n")
    header, _, *lines = tables[1].splitlines()
    row = found["capabilities"][0]
    exercised, restates, within = row["exercised"], row["restates"], row["within_tasks"]

    assert header.split("  ")[0] == "capability"
    assert cells(lines[0]) == [
        row["name"],
        f"- ({within['tasks']})",
        f"{row['least_delta']:.2f}",
        str(row["alone"]),
        f"{100 * row['expected_gain']:.1f} %",
        f"{exercised['count']}/{exercised['occasions']}",
        f"{restates['equal']}/{restates['labels']}",
        "-",
    ]


def test_what_is_not_selected_says_why_and_the_largest_gain_is_named(found: dict[str, Any]) -> None:
    said = " ".join(render_capabilities(found).split("\n\n")[2].split())
    for row in found["capabilities"]:
        if not row["selected"] and is_lacking(row):
            assert f"{row['name']}: not selected: {row['objection']}" in said
    best = max(selected(found), key=lambda row: row["alone"])
    assert f"fix {best['name']} first: {best['alone']} failures lack nothing else" in said


def test_the_others_are_named(found: dict[str, Any]) -> None:
    said = " ".join(render_capabilities(found).split())
    for row in found["capabilities"]:
        assert row["name"] in said
    assert "lacking in at most 2 attempts: " in said
    assert "without an occasion: escalation" in said


def test_a_file_from_before_these_statistics_has_the_first_table_alone(found: dict[str, Any]) -> None:
    old = {"name", "selected", "runs", "runs_passed", "lacking_failed", "present_failed", "lacking_passed"}
    old |= {"present_passed", "coverage", "error_rate_failed", "error_rate_passed", "delta", "delta_interval", "q"}
    row = {key: value for key, value in found["capabilities"][0].items() if key in old}
    assert len(render_capabilities({"capabilities": [row]}).splitlines()) == 3
