"""Logs as Inspect itself reads them, and as we read them back."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import identify, label_corpus
from trace_gym.report.inspect_log.logs import env_ids, eval_log
from trace_gym.report.inspect_log.metrics import mean_over_tasks
from trace_gym.report.inspect_log.writable import writable
from trace_gym.report.inspect_log.writing import write_eval
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.testbed.planted import PlantedPolicy, planted
from trace_gym.trajectories.readers import iter_episodes, read_trajectories
from trace_gym.trajectories.readers.reader import Options
from trace_gym.trajectories.record import Trajectory

from ...helpers import DESK, Talk, desk
from ...trajectories.expected import EXPECTED
from ...trajectories.test_record_properties import TRAJECTORIES

inspect_log = pytest.importorskip("inspect_ai.log", reason="the inspect extra is not installed")
scorer = pytest.importorskip("inspect_ai.scorer")

REAL = ("tau1_airline_gpt-4o", "tau2_airline_qwen2.5-7b", "tau2_retail_gpt-4.1", "tau2_telecom_gpt-4.1")


def written(path: Path, *trajectories: Trajectory, labelled: bool = False) -> Path:
    """Writes the log of the only environment."""
    corpus = Corpus.from_trajectories(trajectories)
    (env_id,) = env_ids(corpus)
    capabilities = identify(corpus, label_corpus(corpus)) if labelled else {}
    write_eval(path, eval_log(corpus, capabilities, env_id).content)
    return path


@pytest.fixture(scope="module")
def played() -> list[Trajectory]:
    """Rollouts of the service desk."""
    env = desk(split="mine")
    policy = PlantedPolicy(dict(planted(0.5)))
    return [play_batch([env], policy, [Job(index)], seed=0, env_id=DESK)[0] for index in range(8)]


@pytest.mark.parametrize("name", EXPECTED)
def test_what_was_read_from_any_format_reads_back_the_same(name: str, tmp_path: Path) -> None:
    by_env: dict[str, list[Trajectory]] = {}
    for trajectory in EXPECTED[name]:
        record = writable(trajectory.to_json())[0]
        by_env.setdefault(trajectory.env_id, []).append(Trajectory.from_json(record))
    for number, trajectories in enumerate(by_env.values()):
        assert read_trajectories(written(tmp_path / f"{number}.eval", *trajectories)) == trajectories


@pytest.mark.parametrize("name", REAL)
def test_real_logs_read_back_the_same(name: str, shared: Path, tmp_path: Path) -> None:
    path = shared / "data" / "trajectories" / f"{name}.json.gz"
    if not path.exists():
        pytest.skip(f"{path}: not there")
    trajectories = read_trajectories(path)[:5]
    assert read_trajectories(written(tmp_path / "r.eval", *trajectories, labelled=True)) == trajectories


def test_rollouts_of_the_desk_read_back_the_same(played: list[Trajectory], tmp_path: Path) -> None:
    assert read_trajectories(written(tmp_path / "r.eval", *played, labelled=True)) == played


@given(st.lists(TRAJECTORIES, min_size=1, max_size=2))
def test_every_record_reads_back_as_it_can_be_written(
    tmp_path_factory: pytest.TempPathFactory, several: list[Trajectory]
) -> None:
    for trajectory in several:
        trajectory.env_id = several[0].env_id
    path = written(tmp_path_factory.mktemp("t") / "r.eval", *several)
    expected = [Trajectory.from_json(writable(trajectory.to_json())[0]) for trajectory in several]
    assert read_trajectories(path) == expected
    assert len(inspect_log.read_eval_log(str(path)).samples) == len(several)


ODD: list[dict[str, Any]] = [
    {"role": "system", "content": [{"type": "text", "text": "Be brief."}]},
    {"role": "user", "content": "attachment://0123", "name": "Ann"},
    {"role": "assistant", "content": "", "reasoning_content": " Hm. ", "tool_calls": []},
    {"role": "assistant", "content": "Wait.", "reasoning_content": "Add.", "raw": "<tool_call>"},
    {"role": "critic", "content": "<script>alert(1)</script>\x00\x1b[31m", "errors": ["no JSON"]},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c", "function": {"name": "look", "arguments": {"a": None, "b": 2**70}}}],
    },
    {"role": "tool", "content": "", "tool_call_id": "c"},
    {"role": "tool", "content": "42", "error": True, "error_message": "late", "name": "count"},
    {"role": "user", "content": "x" * 5000},
    {"role": "assistant", "content": "x" * 5000},
]


def test_odd_messages_read_back_the_same(tmp_path: Path) -> None:
    trajectory = Trajectory("shop", "../../7", ODD, reward=0.25, success=True, error="broke off\x00")
    path = written(tmp_path / "r.eval", trajectory)
    assert read_trajectories(path) == [trajectory]
    (sample,) = inspect_log.read_eval_log(str(path)).samples
    assert sample.error.message == "broke off\x00"
    assert sample.messages[4].text == "<script>alert(1)</script>\x00\x1b[31m"


def test_an_episode_that_broke_before_its_first_message_reads_back_the_same(tmp_path: Path) -> None:
    broken = Trajectory("shop", "7", [], 0.0, False, error="The environment cannot be made.")
    assert read_trajectories(written(tmp_path / "r.eval", broken)) == [broken]


def test_the_same_attempts_give_the_same_bytes(played: list[Trajectory], tmp_path: Path) -> None:
    first = written(tmp_path / "a" / "r.eval", *played, labelled=True).read_bytes()
    second = written(tmp_path / "b" / "other.eval", *played, labelled=True).read_bytes()
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_inspect_shows_scores_and_headline(played: list[Trajectory], tmp_path: Path) -> None:
    path = written(tmp_path / "r.eval", *played, labelled=True)
    log = inspect_log.read_eval_log(str(path), header_only=True)
    assert (log.status, log.eval.task, log.eval.model) == ("success", DESK, played[0].policy)
    accuracy = sum(trajectory.success for trajectory in played) / len(played)
    assert inspect_log.headline_metric(log).metric.value == accuracy
    summaries = inspect_log.read_eval_log_sample_summaries(str(path))
    assert [summary.id for summary in summaries] == [trajectory.task_id for trajectory in played]
    assert {summary.scores["error_recovery"].value for summary in summaries} <= {"lacking", "present", "n/a"}


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # Inspect's own use of pandas
def test_frames_have_a_row_for_each_attempt_and_message(played: list[Trajectory], tmp_path: Path) -> None:
    analysis = pytest.importorskip("inspect_ai.analysis")
    pytest.importorskip("pyarrow")
    path = written(tmp_path / "r.eval", *played, labelled=True)
    samples = analysis.samples_df(str(path), quiet=True)
    assert list(samples["score_reward"]) == [trajectory.reward for trajectory in played]
    assert list(samples["metadata_split"]) == ["mine"] * len(played)
    messages = analysis.messages_df(str(path), quiet=True)
    assert set(messages["role"]) == {"system", "user", "assistant", "tool"}


def test_means_and_errors_are_those_of_inspect() -> None:
    values = {"7": [1.0, 0.0, 0.0], "8": [1.0], "9": [0.25, 0.5]}
    reduce = scorer.mean_score()
    reduced = []
    for name, attempts in values.items():
        score = reduce([scorer.Score(value=value) for value in attempts])
        reduced.append(scorer.SampleScore(score=score, sample_id=name))
    ours = mean_over_tasks(values)
    assert ours == pytest.approx({"mean": scorer.mean()(reduced), "stderr": scorer.stderr()(reduced)})


def test_scores_that_were_added_in_inspect_are_read(tmp_path: Path) -> None:
    path = written(tmp_path / "r.eval", Talk("Hi").trajectory(terms={"outcome": 0.0}))
    log = inspect_log.read_eval_log(str(path))
    log.samples[0].scores["judge"] = scorer.Score(value=1)
    inspect_log.write_eval_log(log, str(path))
    (plain,) = read_trajectories(path)
    assert (plain.reward, plain.success, plain.terms) == (0.0, False, {"outcome": 0.0, "judge": 1.0})
    (judged,) = iter_episodes(path, options=Options(reward="judge"))
    assert isinstance(judged, Trajectory)
    assert (judged.reward, judged.success) == (1.0, True)
