"""What finished cells say: rates, intervals, paired tests, sentences; and that tables only repeat it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from trace_trainers.compare.cells import DONE, FAILED, NOT_APPLICABLE, Cell, Group, write_record
from trace_trainers.compare.comparison import map_of, write_comparison
from trace_trainers.compare.config import CompareConfig, MethodConfig
from trace_trainers.compare.page import write_page
from trace_trainers.compare.tables import render_comparison

from trace_gym.files import read_json, write_json

TASKS = 60
NEEDS = [["a"]] * 20 + [["b"]] * 20 + [["a", "b"]] * 20
NAMES = ("base", "prompt_text", "gepa", "target_grpo", "routed")


def config_of(*seeds: int, names: tuple[str, ...] = NAMES) -> CompareConfig:
    methods = tuple(MethodConfig(name) for name in names)
    return replace(CompareConfig(budget=1000, checkpoints=(50, 100)), seeds=seeds, pools=(8,), methods=methods)


def outcomes(solved: range) -> str:
    return "".join(str(int(task in solved)) for task in range(TASKS))


def cell(root: Path, method: str, seed: int, half: range, whole: range, **more: Any) -> None:
    curve = [
        {"share": 50, "rollouts": 480, "note": "", "outcomes": outcomes(half)},
        {"share": 100, "rollouts": 990 + seed, "note": more.pop("note", ""), "outcomes": outcomes(whole)},
    ]
    record = {
        "status": DONE,
        "reason": curve[1]["note"],
        "settings": {"learning_rate": 0.003},
        "candidates": 2,
        "sweep": [
            {"settings": {"learning_rate": 0.003}, "successes": 9, "episodes": 16},
            {"settings": {"learning_rate": 0.001}, "successes": 4, "episodes": 16},
        ],
        "sweep_rollouts": 1024,
        "curve": curve,
    }
    write_record(root, Cell(method, Group("tiny", 8, seed)), {**record, **more}, [])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    needs = {"schema": "trace-gym/compare-held-out", "version": 1, "split": "evaluate", "needs": NEEDS}
    write_json(tmp_path / "held_out.json", needs)
    for seed in (0, 1):
        cell(tmp_path, "base", seed, range(5), range(5))
        cell(tmp_path, "target_grpo", seed, range(10), range(20))
        cell(tmp_path, "routed", seed, range(10), range(40))
        refused = {"status": NOT_APPLICABLE, "reason": "not applicable: reads no prompts"}
        write_record(tmp_path, Cell("prompt_text", Group("tiny", 8, seed)), refused, [])
    write_record(tmp_path, Cell("gepa", Group("tiny", 8, 0)), {"status": FAILED, "reason": "the endpoint died"}, [])
    return tmp_path


def test_rates_curves_and_needs_are_those_of_the_cells(root: Path) -> None:
    comparison = write_comparison(config_of(0, 1), root)
    assert read_json(root / "comparison.json") == comparison
    routed = comparison["groups"][0]["methods"]["routed"]
    assert [point["success"] for point in routed["curve"]] == [10 / 60, 40 / 60]
    assert routed["curve"][1]["rollouts"] == [990, 991]
    assert routed["by_k"] == {"1": {"n": 40, "success": 1.0}, "2": {"n": 20, "success": 0.0}}
    assert routed["by_need"]["a"] == {"n": 20, "success": 1.0}
    low, high = routed["curve"][1]["interval"]
    assert low < 40 / 60 < high


def pair_of(comparison: dict[str, Any], first: str, second: str) -> dict[str, Any]:
    pairs = comparison["groups"][0]["pairs"]
    [found] = [pair for pair in pairs if (pair["first"], pair["second"]) == (first, second)]
    return dict(found)


def test_a_large_difference_is_decisive_and_says_who_is_better(root: Path) -> None:
    pair = pair_of(write_comparison(config_of(0, 1), root), "target_grpo", "routed")
    assert pair["difference"] == pytest.approx(20 / 60)
    assert pair["decisive"]
    assert pair["sentence"].endswith("decisive, routed is better.")
    assert pair["p_holm"] >= pair["p"]


def test_seeds_that_disagree_are_not_decisive(root: Path) -> None:
    cell(root, "routed", 1, range(10), range(15))
    pair = pair_of(write_comparison(config_of(0, 1), root), "target_grpo", "routed")
    assert pair["by_seed"] == [pytest.approx(20 / 60), pytest.approx(-5 / 60)]
    assert not pair["decisive"]
    assert "the seeds, which disagree" in pair["sentence"]


def test_equal_agents_are_not_decisive(root: Path) -> None:
    for seed in (0, 1):
        cell(root, "routed", seed, range(10), range(20))
    pair = pair_of(write_comparison(config_of(0, 1), root), "target_grpo", "routed")
    assert (pair["difference"], pair["p"], pair["decisive"]) == (0.0, 1.0, False)


def test_methods_without_a_result_are_told_with_their_reason_and_take_part_in_no_test(root: Path) -> None:
    comparison = write_comparison(config_of(0, 1), root)
    methods = comparison["groups"][0]["methods"]
    assert (methods["prompt_text"]["status"], methods["gepa"]["status"]) == (NOT_APPLICABLE, FAILED)
    tables = render_comparison(comparison)
    assert "| prompt_text | not applicable: reads no prompts |" in tables
    assert "| gepa | failed: the endpoint died |" in tables
    assert not [pair for pair in comparison["groups"][0]["pairs"] if "gepa" in (pair["first"], pair["second"])]


def test_a_method_of_which_a_seed_is_missing_has_no_result_yet(root: Path) -> None:
    comparison = write_comparison(config_of(0, 1, 2), root)
    routed = comparison["groups"][0]["methods"]["routed"]
    assert (routed["status"], routed["reason"]) == ("missing", "1 of 3 seeds are not finished")
    assert comparison["groups"][0]["pairs"] == []
    assert "not finished: 1 of 3 seeds are not finished" in render_comparison(comparison)


def test_a_cell_that_is_the_base_is_data_and_says_why(root: Path) -> None:
    cell(root, "routed", 1, range(5), range(5), note="nothing contrasts: 0 of 160 mined episodes succeeded")
    comparison = write_comparison(config_of(0, 1), root)
    routed = comparison["groups"][0]["methods"]["routed"]
    assert routed["status"] == DONE
    assert routed["reason"].startswith("in 1 of 2 seeds it is the base: nothing contrasts")
    assert f"`routed`: {routed['reason']}." in render_comparison(comparison)


def test_tables_have_the_figures_of_the_file(root: Path) -> None:
    comparison = write_comparison(config_of(0, 1), root)
    low, high = comparison["groups"][0]["methods"]["routed"]["curve"][-1]["interval"]
    tables = render_comparison(comparison)
    assert f"| routed | 66.7 % | [{100 * low:.1f}, {100 * high:.1f}] | 990 to 991 | 1,024 | 2 |" in tables
    assert "| routed | 16.7 % at 480 | 66.7 % at 990 to 991 |" in tables
    assert "| routed | 0 | learning_rate 0.003 | 9 of 16 | chosen |" in tables
    for pair in comparison["groups"][0]["pairs"]:
        assert pair["sentence"] in tables


def test_the_map_has_a_row_for_each_base_and_pool(root: Path) -> None:
    comparison = write_comparison(replace(config_of(0, 1), pools=(8, 0)), root)
    rows = map_of(comparison)
    routed = [row for row in rows if row["method"] == "routed"]
    assert [(row["pool"], row["base"], row["pair"] is None) for row in routed] == [(8, 5 / 60, False), (0, None, True)]
    assert (routed[0]["success"], routed[0]["rival"]) == (40 / 60, 20 / 60)
    assert "prompt_text" not in [row["method"] for row in rows if row["pool"] == 8]
    tables = render_comparison(comparison)
    assert "| tiny | 8 | routed | 8.3 % | 66.7 % | 33.3 % | +33.3 [" in tables
    assert "| tiny | unlimited | routed |  |  |  | not both finished |" in tables


def test_the_page_comes_from_the_file_and_says_how_it_came_about(root: Path, tmp_path: Path) -> None:
    comparison = write_comparison(config_of(0, 1), root)
    write_page(tmp_path / "page.md", comparison, "trace-gym compare x.toml")
    page = (tmp_path / "page.md").read_text()
    assert "Generated by `trace-gym compare x.toml`" in page
    assert render_comparison(comparison).strip() in page
    assert comparison["interval"] in page
    assert "pigeonhole" in comparison["interval"]
    assert "one seed" in write_comparison(config_of(0), root)["interval"]


def test_the_same_cells_give_the_same_bytes(root: Path) -> None:
    write_comparison(config_of(0, 1), root)
    first = (root / "comparison.json").read_bytes()
    write_comparison(config_of(0, 1), root)
    assert (root / "comparison.json").read_bytes() == first
