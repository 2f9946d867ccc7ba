"""Labels by attempt: letters, evidence, and agreement between runs."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym import UserError
from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.label_table import LabelTable, evidence_to_json, from_letters, to_letters
from trace_gym.capabilities.labels import Capability, Evidence, Label

from ..helpers import Talk

TACT = Capability("tact", "Stay polite.")
KEYS = [AttemptKey("shop", str(number)) for number in range(4)]
letters_of_a_run = st.text("LP-", min_size=4, max_size=4)


def table(*runs: str) -> LabelTable:
    return LabelTable(TACT, "people", tuple(from_letters(run, KEYS) for run in runs))


@given(letters_of_a_run)
def test_letters_come_back(letters: str) -> None:
    assert to_letters(from_letters(letters, KEYS), KEYS) == letters


@given(letters_of_a_run, st.permutations(KEYS))
def test_letters_follow_the_order_of_the_keys(letters: str, order: list[AttemptKey]) -> None:
    labels = from_letters(letters, KEYS)
    moved = to_letters(labels, order)

    assert sorted(moved) == sorted(letters)
    assert from_letters(moved, order) == labels


@pytest.mark.parametrize(
    ("letters", "complaint"),
    [("LP-", "shorter"), ("LP-LP", "longer"), ("LPxL", "'x' is not a valid Label"), ("lplp", "'l' is not a valid")],
)
def test_text_that_is_no_run_is_refused(letters: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        from_letters(letters, KEYS)


@given(st.lists(letters_of_a_run, min_size=1, max_size=5))
def test_agreement_does_not_depend_on_the_order_of_the_runs(runs: list[str]) -> None:
    assert table(*runs).consensus() == table(*reversed(runs)).consensus()


@given(letters_of_a_run, st.integers(1, 5))
def test_runs_that_agree_are_the_consensus(letters: str, times: int) -> None:
    assert to_letters(table(*[letters] * times).consensus(), KEYS) == letters


def test_three_runs_that_all_differ_are_a_tie() -> None:
    assert table("LLLL", "PPPP", "----").consensus() == dict.fromkeys(KEYS, Label.NA)


def test_evidence_is_written_by_position_without_empty_fields() -> None:
    evidence = {
        KEYS[2]: Evidence(message=0, call=0, note="at once"),
        KEYS[0]: Evidence(note="never"),
        KEYS[3]: Evidence(),
    }
    written = evidence_to_json(evidence, KEYS)

    assert list(written.items()) == [
        ("0", {"note": "never"}),
        ("2", {"message": 0, "call": 0, "note": "at once"}),
        ("3", {}),
    ]
    assert json.loads(json.dumps(written)) == written


def test_the_run_with_a_gap_is_named_by_its_number() -> None:
    corpus = Corpus.from_trajectories([Talk("x").trajectory(task_id="7"), Talk("x").trajectory(task_id="8")])
    whole = dict.fromkeys(corpus.keys, Label.PRESENT)
    gap = {corpus.keys[0]: Label.PRESENT}

    with pytest.raises(UserError, match=r"in run 2 of 'tact', no label for attempt '8' \(environment 'test/Talk'"):
        LabelTable(TACT, "people", (whole, gap)).check(corpus)


def test_a_complete_table_passes() -> None:
    corpus = Corpus.from_trajectories([Talk("x").trajectory() for _ in range(3)])

    LabelTable(TACT, "people", (dict.fromkeys(corpus.keys, Label.NA),)).check(corpus)
