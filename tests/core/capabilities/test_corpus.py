"""The corpus: keys, references, outcomes, and the file it came from."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from pathlib import Path

import pytest

from trace_gym import ToolCall, UserError
from trace_gym.capabilities.capabilities_file import read_capabilities, table_of
from trace_gym.capabilities.corpus import AttemptKey, Corpus, file_digest
from trace_gym.capabilities.identify import identify, label_corpus
from trace_gym.files import write_json
from trace_gym.trajectories.record import Trajectory

from ..helpers import Talk


def shipped(*orders: str, task_id: str = "t", success: bool = False, trial: int = 0) -> Trajectory:
    talk = Talk("Ship them.")
    for order in orders:
        talk.call("ship", order_id=order)
    trajectory = talk.trajectory(task_id=task_id, success=success)
    trajectory.trial = trial
    return trajectory


def write(path: Path, trajectories: list[Trajectory]) -> Path:
    path.write_text("".join(json.dumps(trajectory.to_json()) + "\n" for trajectory in trajectories))
    return path


def test_repeats_of_a_task_and_trial_are_told_apart() -> None:
    corpus = Corpus.from_trajectories([shipped("W1"), shipped("W2"), shipped("W3", trial=1), shipped("W4")])

    assert [(key.trial, key.occurrence) for key in corpus.keys] == [(0, 0), (0, 1), (1, 0), (0, 2)]
    assert len(set(corpus.keys)) == len(corpus) == 4


def test_keys_survive_json() -> None:
    key = AttemptKey("trace/ServiceDesk-v0", "mine/7", 2, 1)

    assert AttemptKey.from_json(json.loads(json.dumps(key.to_json()))) == key


def test_attempts_know_nothing_of_the_outcome() -> None:
    corpus = Corpus.from_trajectories([shipped("W1", success=True), shipped("W2")])

    assert list(corpus.outcomes.values()) == [True, False]
    for attempt in corpus.attempts:
        assert not {"success", "reward", "terms"} & set(vars(attempt))


def test_gold_calls_are_the_reference_where_there_are_any() -> None:
    trajectory = shipped("W1")
    trajectory.gold = [ToolCall("ship", {"order_id": "W9"})]
    solved = [shipped("W5", success=True) for _ in range(2)]

    assert Corpus.from_trajectories([trajectory, *solved]).attempts[0].reference == trajectory.gold


def test_an_attempt_is_never_its_own_reference() -> None:
    corpus = Corpus.from_trajectories([shipped("W1", success=True), shipped("W2", success=True), shipped("W3")])

    borrowed = [attempt.reference[0].arguments["order_id"] for attempt in corpus.attempts if attempt.reference]
    assert borrowed == ["W2", "W1", "W1"]


def test_a_single_success_is_no_reference_for_anyone() -> None:
    corpus = Corpus.from_trajectories([shipped("W1", success=True), shipped("W2")])

    assert [attempt.reference for attempt in corpus.attempts] == [None, None]


def test_references_stay_within_a_task() -> None:
    others = [shipped("W1", task_id="other", success=True) for _ in range(2)]

    assert Corpus.from_trajectories([*others, shipped("W2")]).attempts[2].reference is None


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "t.jsonl", [shipped("W1")])

    assert Corpus.from_file(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_folder_has_a_digest_that_follows_its_files(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", [shipped("W1")])
    write(tmp_path / "b.jsonl", [shipped("W2")])
    before = file_digest(tmp_path)
    write(tmp_path / "b.jsonl", [shipped("W3")])

    assert len(before) == 64
    assert file_digest(tmp_path) != before


def test_trajectories_without_a_file_have_a_digest_of_their_own() -> None:
    first = Corpus.from_trajectories([shipped("W1")])

    assert first.sha256 == Corpus.from_trajectories([shipped("W1")]).sha256
    assert first.sha256 != Corpus.from_trajectories([shipped("W2")]).sha256


def test_a_resorted_file_is_refused_and_both_digests_are_named(
    desk_trajectories: list[Trajectory], tmp_path: Path
) -> None:
    original = write(tmp_path / "t.jsonl", desk_trajectories[:30])
    corpus = Corpus.from_file(original)
    write_json(tmp_path / "c.json", identify(corpus, label_corpus(corpus)))
    shuffled = desk_trajectories[:30]
    random.Random(0).shuffle(shuffled)
    resorted = Corpus.from_file(write(tmp_path / "resorted.jsonl", shuffled))

    with pytest.raises(UserError) as refusal:
        read_capabilities(tmp_path / "c.json", resorted)
    assert corpus.sha256[:16] in str(refusal.value)
    assert resorted.sha256[:16] in str(refusal.value)


def test_the_same_records_compressed_are_another_file(tmp_path: Path) -> None:
    path = write(tmp_path / "t.jsonl", [shipped("W1")])
    packed = tmp_path / "t.jsonl.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))

    assert Corpus.from_file(path).keys == Corpus.from_file(packed).keys
    assert Corpus.from_file(path).sha256 != Corpus.from_file(packed).sha256


def test_labels_come_back_by_attempt(corpus: Corpus, tmp_path: Path) -> None:
    tables = label_corpus(corpus)
    write_json(tmp_path / "c.json", identify(corpus, tables))
    capabilities = read_capabilities(tmp_path / "c.json", corpus)

    for table in tables:
        again = table_of(capabilities, table.capability.name)
        assert again.capability == table.capability
        assert again.runs == table.runs


def test_an_unknown_capability_is_named(corpus: Corpus) -> None:
    capabilities = identify(corpus, label_corpus(corpus))

    with pytest.raises(UserError, match=r"Unknown capability 'flying'; known are [a-z_, ]*multi_step_completion"):
        table_of(capabilities, "flying")
