"""Attempts that say nothing about the agent, and deficits that are always fatal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trace_gym import UserError
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import identify, label_corpus
from trace_gym.capabilities.label_table import LabelTable, from_letters
from trace_gym.capabilities.labellers.repair import RepairLabeller
from trace_gym.capabilities.labels import Capability, Label, SetApart
from trace_gym.capabilities.selection import Thresholds, selected
from trace_gym.report.capabilities import render_capabilities
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.testbed.planted import PlantedPolicy, planted
from trace_gym.trajectories.record import Trajectory

from ..helpers import DESK, Talk, desk

CAPABILITY = Capability("tact", "Stay polite.")


def corpus_of(passed: str) -> Corpus:
    trajectories = [Talk("x").trajectory(task_id=str(n), success=one == "+") for n, one in enumerate(passed)]
    return Corpus.from_trajectories(trajectories)


def row_of(letters: str, passed: str, apart: dict[int, SetApart] | None = None, **fields: Any) -> dict[str, Any]:
    corpus = corpus_of(passed)
    set_apart = {corpus.keys[number]: why for number, why in (apart or {}).items()}
    table = LabelTable(CAPABILITY, "repair", (from_letters(letters, corpus.keys),), set_apart=set_apart, **fields)
    table.check(corpus)
    found = identify(corpus, [table])
    [row] = found["capabilities"]
    return {**row, "found": found}


LEFT = SetApart("user", "it left")
WRONG = SetApart("evaluator", "the reference does not pass")


def test_what_is_set_apart_is_in_no_denominator_and_is_counted() -> None:
    row = row_of("LP---P", "-----+", {2: LEFT, 3: LEFT, 4: WRONG})
    assert (row["failures"], row["coverage"]) == (2, 0.5)
    assert row["set_apart"] == {"user": 2, "evaluator": 1}
    assert row["found"]["failures"] == 5
    assert row["found"]["set_apart"]["repair"]["4"] == {"side": "evaluator", "reason": "the reference does not pass"}
    said = " ".join(render_capabilities(row["found"]).split())
    assert "3 attempts are set apart by repair, in no denominator: user 2, evaluator 1" in said
    assert row_of("LP---P", "-----+")["coverage"] == 0.2


def test_everything_set_apart_leaves_nothing_to_say() -> None:
    row = row_of("--", "-+", {0: LEFT, 1: LEFT})
    assert (row["failures"], row["coverage"], row["selected"]) == (0, None, False)
    assert row["objection"] == "no contrast: no attempt shows an occasion"


def test_a_label_of_what_is_set_apart_is_refused() -> None:
    with pytest.raises(UserError, match="LACKING to the set-apart attempt '0'"):
        row_of("LP", "-+", {0: LEFT})


def test_a_labeller_sets_the_same_apart_for_all_its_capabilities() -> None:
    corpus = corpus_of("-+")
    runs = (dict.fromkeys(corpus.keys, Label.NA),)
    tables = [
        LabelTable(CAPABILITY, "people", runs, set_apart={corpus.keys[0]: LEFT}),
        LabelTable(Capability("speed", "Be quick."), "people", runs),
    ]
    with pytest.raises(UserError, match="'people' sets other attempts apart for 'speed' than for 'tact'"):
        identify(corpus, tables)


def test_rules_set_apart_what_broke_off() -> None:
    trajectories = [Talk("x").trajectory(task_id=str(n), success=n > 1) for n in range(4)]
    trajectories[0].error = "timeout"
    corpus = Corpus.from_trajectories(trajectories)
    found = identify(corpus, label_corpus(corpus))
    assert found["set_apart"] == {
        "rules": {"0": {"side": "infrastructure", "reason": "the rollout broke off: timeout"}}
    }
    assert {row["failures"] for row in found["capabilities"]} == {1}


def test_repair_sets_apart_what_is_not_the_agents_fault() -> None:
    env = desk(split="mine")
    policy = PlantedPolicy(dict(planted(0.3)))
    trajectories: list[Trajectory] = []
    for index in range(8):
        trajectories += play_batch([env], policy, [Job(index)], seed=0, env_id=DESK)
    failed = next(trajectory for trajectory in trajectories if not trajectory.success)
    passed = next(trajectory for trajectory in trajectories if trajectory.success)
    failed.error = "timeout"
    # the evaluator passes it today
    passed.success = False
    corpus = Corpus.from_trajectories(trajectories)
    tables = RepairLabeller().label(corpus)

    sides = sorted(apart.side for apart in tables[0].set_apart.values())
    assert sides == ["evaluator", "infrastructure"]
    for table in tables:
        table.check(corpus)
        assert table.verified


FATAL = "L" * 6 + "P" * 2 + "-" * 12, "-" * 12 + "+" * 8


def test_an_always_fatal_lack_is_told_and_not_selected_by_a_labeller_that_cannot_verify_it() -> None:
    row = row_of(*FATAL)
    assert (row["delta"], row["p"], row["selected"], row["selected_by"]) == (None, None, False, "")
    assert row["objection"] == "no contrast: no pass shows an occasion, 6 failures lack it (Cov 0.50)"
    assert row["objection"] in " ".join(render_capabilities(row["found"]).split())


def test_an_always_fatal_lack_that_repair_has_verified_is_selected_by_coverage_and_support() -> None:
    row = row_of(*FATAL, verified=True)
    assert (row["selected"], row["selected_by"], row["objection"]) == (True, "repair", "")
    assert selected(row["found"])[0]["name"] == "tact"
    said = " ".join(render_capabilities(row["found"]).split())
    assert "selected by repair: no pass shows an occasion, but each of the 6 failures that lack it passes" in said


def test_what_is_fatal_and_never_exercised_is_said_to_need_training() -> None:
    row = row_of("L" * 6 + "-" * 14, FATAL[1])
    said = " ".join(render_capabilities(row["found"]).split())
    # 1 - 0.05 ** (1 / 6)
    assert "never exercised in 6 occasions (at most 39 %, at 95 %), so training is needed" in said


@pytest.mark.parametrize(
    ("letters", "objection"),
    [
        ("LL" + "-" * 18, "found in 2 of at least 3 failures"),
        ("-" * 20, "no contrast: no attempt shows an occasion"),
        ("P" * 12 + "-" * 8, "no contrast: no pass shows an occasion, 0 failures lack it (Cov 0.00)"),
        ("-" * 12 + "P" * 8, "no contrast: no failure shows an occasion"),
    ],
)
def test_repair_selects_nothing_on_less(letters: str, objection: str) -> None:
    row = row_of(letters, FATAL[1], verified=True)
    assert (row["selected"], row["objection"]) == (False, objection)


def test_a_rare_fatal_lack_is_not_selected() -> None:
    row = row_of("LLL" + "-" * 57, "-" * 50 + "+" * 10, verified=True)
    assert not row["selected"]
    assert row["objection"].startswith("too rare: ")


@pytest.mark.parametrize(("passes", "grounds"), [(0, "repair"), (1, "repair"), (2, "repair"), (3, "contrast")])
def test_a_handful_of_passes_makes_no_contrast_against_what_repair_has_verified(passes: int, grounds: str) -> None:
    row = row_of("L" * 30 + "P" * passes + "-" * (10 - passes), "-" * 30 + "+" * 10, verified=True)
    assert (row["selected"], row["selected_by"]) == (True, grounds)


def test_a_single_pass_makes_a_contrast_for_who_cannot_verify() -> None:
    row = row_of("L" * 30 + "P" + "-" * 9, "-" * 30 + "+" * 10)
    assert row["p"] == pytest.approx(1 / 31)
    assert row["selected_by"] in ("", "contrast")


def test_how_few_passes_there_were_is_said() -> None:
    row = row_of("L" * 30 + "P" * 2 + "-" * 8, "-" * 30 + "+" * 10, verified=True)
    said = " ".join(render_capabilities(row["found"]).split())
    assert "selected by repair: 2 passes alone show an occasion, but each of the 30 failures that lack it" in said


def test_repairs_without_a_pass_at_all_select_what_is_planted(tmp_path: Path) -> None:
    env = desk(split="mine")
    policy = PlantedPolicy(dict(planted(0.0)))
    trajectories = [play_batch([env], policy, [Job(index)], seed=0, env_id=DESK)[0] for index in range(40)]
    corpus = Corpus.from_trajectories([one for one in trajectories if not one.success])
    found = identify(corpus, label_corpus(corpus, [RepairLabeller()]), Thresholds())
    assert found["remarks"][0].startswith("No attempt passed")
    assert {row["selected_by"] for row in selected(found)} == {"repair"}
    assert "multi_step_completion" in {row["name"] for row in selected(found)}
