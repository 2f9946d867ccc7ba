"""From trajectories to the capabilities an agent lacks."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from trace_gym.capabilities.contrast import Contrast
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import SCHEMA, identify, label_corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.labeller import RuleLabeller
from trace_gym.capabilities.labels import Capability, Label
from trace_gym.capabilities.repair import names
from trace_gym.capabilities.selection import Thresholds, selected
from trace_gym.testbed.planted import DEFICITS
from trace_gym.trajectories.record import Trajectory

from ..helpers import Talk

REAL = ["tau1_airline_gpt-4o", "tau2_airline_qwen2.5-7b", "tau2_retail_gpt-4.1", "tau2_telecom_gpt-4.1"]


def test_the_planted_deficits_are_found(found: dict[str, Any]) -> None:
    names = {row["name"] for row in selected(found)}
    assert len(DEFICITS) == 4
    assert len(names & set(DEFICITS)) >= 3
    assert names <= set(DEFICITS)


def test_the_result_says_what_it_was_made_from(found: dict[str, Any], desk_trajectories: list[Trajectory]) -> None:
    assert (found["schema"], found["version"], found["seed"]) == (SCHEMA, 2, 0)
    assert found["trajectories"] == found["tasks"] == len(desk_trajectories)
    assert found["failures"] == sum(not t.success for t in desk_trajectories)
    paper = {"coverage": 0.10, "delta": 0.20, "runs": 10, "needed": 8}
    assert found["thresholds"] == {**paper, "support": 3, "false_discovery": 0.05}


def test_rows_agree_with_their_counts(found: dict[str, Any], desk_trajectories: list[Trajectory]) -> None:
    assert {row["name"] for row in found["capabilities"]} == set(names.CAPABILITIES)
    for row in found["capabilities"]:
        assert len(row["labels"]) == len(desk_trajectories)
        lacking = [letter == "L" and not t.success for letter, t in zip(row["labels"], desk_trajectories, strict=True)]
        assert row["lacking_failed"] == sum(lacking)
        assert row["coverage"] == sum(lacking) / found["failures"]
        if row["delta"] is None:
            assert row["p"] is None
            continue
        low, high = row["delta_interval"]
        assert low <= row["delta"] <= high
        assert 0 < row["p"] <= row["q"] <= 1
        assert row["selected"] == (row["runs_passed"] >= 8)
    assert sum(row["delta"] is not None for row in found["capabilities"]) > 10


def test_selected_ones_stand_first_by_mean_delta(found: dict[str, Any]) -> None:
    # those without a contrast come last
    keys = [
        (not row["selected"], 2.0 if row["mean_delta"] is None else -row["mean_delta"]) for row in found["capabilities"]
    ]
    assert keys == sorted(keys)


@pytest.mark.parametrize("name", REAL)
def test_real_files_give_statistics(name: str, shared: Path) -> None:
    found = identified(Corpus.from_file(shared / "data" / "trajectories" / f"{name}.json.gz"))
    assert len(found["capabilities"]) == len(names.CAPABILITIES)
    json.dumps(found, allow_nan=False)
    assert sum(row["delta"] is not None for row in found["capabilities"]) >= 2


def identified(corpus: Corpus) -> dict[str, Any]:
    return identify(corpus, label_corpus(corpus))


def talks(count: int = 12) -> list[Trajectory]:
    """Half passed, half failed, a task each."""
    return [
        Talk("x").call("ship", error=n % 3 == 0).trajectory(task_id=str(n), success=n % 2 == 0) for n in range(count)
    ]


def test_identification_is_deterministic() -> None:
    corpus = Corpus.from_trajectories(talks(20))
    first = identified(corpus)
    assert first == identified(Corpus.from_trajectories(talks(20)))
    assert first != identify(corpus, label_corpus(corpus), seed=1)


def fake(name: str, failed: Label, passed: Label) -> Any:
    """A labeller that knows trajectories by their numbers."""

    def label(attempt: Any) -> Label:
        return passed if "pass" in attempt.request else failed

    return SimpleNamespace(NAME=name, DESCRIPTION="d", ARCHETYPE="a", label=label)


def order_of(*rules: Any, thresholds: Thresholds | None = None) -> list[Any]:
    trajectories = [
        Talk("pass" if n % 2 else "fail").trajectory(task_id=str(n), success=bool(n % 2)) for n in range(20)
    ]
    corpus = Corpus.from_trajectories(trajectories)
    tables = label_corpus(corpus, [RuleLabeller(rule) for rule in rules])
    return [(row["name"], row["selected"]) for row in identify(corpus, tables, thresholds)["capabilities"]]


def test_no_contrast_comes_last_and_zero_before_negative() -> None:
    lacking, present = Label.LACKING, Label.PRESENT
    labellers = [
        fake("none", Label.NA, Label.NA),
        fake("negative", present, lacking),
        fake("zero", present, present),
        fake("positive", lacking, present),
    ]
    assert order_of(*labellers) == [
        ("positive", True),
        ("zero", False),
        ("negative", False),
        ("none", False),
    ]


def test_thresholds_decide() -> None:
    labeller = fake("a", Label.LACKING, Label.PRESENT)
    assert order_of(labeller) == [("a", True)]
    assert order_of(labeller, thresholds=Thresholds(needed=11)) == [("a", False)]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (Contrast(1, 0, 0, 1, 10), True),
        (Contrast(1, 0, 0, 1, 11), False),
        (Contrast(5, 5, 3, 7, 10), True),
        (Contrast(5, 5, 4, 6, 10), False),
        (Contrast(5, 0, 0, 0, 10), False),
        (Contrast(0, 0, 1, 1, 0), False),
    ],
)
def test_a_run_passes_at_the_thresholds(counts: Contrast, expected: bool) -> None:
    assert Thresholds(delta=0.2 - 1e-12).passes(counts) is expected


def test_few_failures_and_chance_are_no_grounds() -> None:
    few, poor = "L" * 2 + "P" * 18, "L" * 4 + "P" * 6 + "L" + "P" * 9
    corpus, table = several_runs(few)
    [row] = identify(corpus, [table])["capabilities"]
    assert (row["selected"], row["objection"]) == (False, "found in 2 of at least 3 failures")

    # two runs of the labeller's own, which both reach the thresholds
    corpus, table = several_runs(poor, poor)
    [row] = identify(corpus, [table])["capabilities"]
    assert row["runs_passed"] == row["runs"]
    assert not row["selected"]
    assert row["objection"].startswith("may be chance: q 0.")
    [row] = identify(corpus, [table], Thresholds(false_discovery=1.0))["capabilities"]
    assert (row["selected"], row["objection"]) == (True, "")


def test_shuffled_outcomes_seldom_select_anything(desk_trajectories: list[Trajectory]) -> None:
    corpus = Corpus.from_trajectories(desk_trajectories)
    tables = label_corpus(corpus)
    finds = 0
    for seed in range(12):
        outcomes = np.random.default_rng(np.random.SeedSequence(seed)).permutation(list(corpus.outcomes.values()))
        shuffled = dict(zip(corpus.keys, map(bool, outcomes), strict=True))
        finds += bool(selected(identify(dataclasses.replace(corpus, outcomes=shuffled), tables)))
    assert finds <= 2


@pytest.mark.parametrize("success", [True, False])
def test_one_outcome_alone_selects_nothing(success: bool) -> None:
    trajectories = talks()
    for trajectory in trajectories:
        trajectory.success = success
    found = identified(Corpus.from_trajectories(trajectories))
    assert selected(found) == []
    assert all(row["delta"] is None and row["p"] is None and row["q"] is None for row in found["capabilities"])


def test_labels_follow_their_attempts_whatever_the_order() -> None:
    trajectories = talks()
    forward = identified(Corpus.from_trajectories(trajectories))
    backward = identified(Corpus.from_trajectories(trajectories[::-1]))

    labels = {row["name"]: row["labels"] for row in backward["capabilities"]}
    for row in forward["capabilities"]:
        assert row["labels"] == labels[row["name"]][::-1]
    assert forward["attempts"] == backward["attempts"][::-1]


def several_runs(*runs: str) -> tuple[Corpus, LabelTable]:
    """A corpus of ten failures and ten passes, and labels of it, a letter an attempt and a text a run."""
    trajectories = [Talk("x").trajectory(task_id=str(n), success=n >= 10) for n in range(20)]
    corpus = Corpus.from_trajectories(trajectories)
    labels = tuple(dict(zip(corpus.keys, map(Label, run), strict=True)) for run in runs)
    return corpus, LabelTable(Capability("tact", "Stay polite."), "people", labels)


def test_a_labellers_own_runs_take_the_place_of_resamples() -> None:
    good, poor = "L" * 10 + "P" * 10, "P" * 20
    corpus, table = several_runs(good, good, good, good, poor)
    row = identify(corpus, [table])["capabilities"][0]

    assert (row["runs"], row["runs_passed"], row["selected"]) == (5, 4, True)
    assert row["labels_by_run"] == [good, good, good, good, poor]
    assert row["labels"] == good


def test_too_few_passing_runs_do_not_select() -> None:
    good, poor = "L" * 10 + "P" * 10, "P" * 20
    corpus, table = several_runs(good, good, good, poor, poor)
    row = identify(corpus, [table])["capabilities"][0]

    assert (row["runs_passed"], row["selected"]) == (3, False)


@pytest.mark.parametrize(("runs", "needed"), [(10, 8), (5, 4), (4, 4), (3, 3), (1, 1), (20, 16)])
def test_the_share_of_runs_needed_stays_the_same(runs: int, needed: int) -> None:
    assert Thresholds().needed_of(runs) == needed


def test_a_capabilitys_numbers_do_not_depend_on_the_others(corpus: Corpus, tables: dict[str, LabelTable]) -> None:
    several = {row["name"]: row for row in identify(corpus, list(tables.values())[::-1])["capabilities"]}
    for name in ("error_recovery", "multi_step_completion"):
        [alone] = identify(corpus, [tables[name]])["capabilities"]
        for number in ("runs_passed", "mean_delta", "delta_interval", "p"):
            assert alone[number] == several[name][number]
