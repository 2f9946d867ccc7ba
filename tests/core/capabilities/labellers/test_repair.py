"""Labels by repair: the planted deficits are selected, exactly and alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import identify, label_corpus
from trace_gym.capabilities.labellers.repair import RepairLabeller
from trace_gym.capabilities.labels import Label
from trace_gym.capabilities.selection import selected
from trace_gym.cli.main import main
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.targets.service_desk.capabilities import CAPABILITIES
from trace_gym.testbed.planted import DEFICITS, PlantedPolicy, planted
from trace_gym.trajectories.record import Trajectory

from ...helpers import DESK, desk

TASKS = 160


def played(rates: dict[str, float], tasks: int = TASKS) -> list[Trajectory]:
    env = desk(split="mine")
    policy = PlantedPolicy(rates)
    return [play_batch([env], policy, [Job(index)], seed=0, env_id=DESK)[0] for index in range(tasks)]


def found(trajectories: list[Trajectory]) -> set[str]:
    corpus = Corpus.from_trajectories(trajectories)
    return {row["name"] for row in selected(identify(corpus, label_corpus(corpus, [RepairLabeller()])))}


def test_all_planted_deficits_are_selected_and_nothing_else() -> None:
    assert found(played(dict(planted(0.3)))) == set(DEFICITS)


@pytest.mark.parametrize("lacking", CAPABILITIES)
def test_one_planted_deficit_is_selected_alone(lacking: str) -> None:
    rates = dict.fromkeys(CAPABILITIES, 1.0) | {lacking: 0.2}
    assert found(played(rates)) == {lacking}


def test_an_agent_that_lacks_nothing_lacks_nothing() -> None:
    assert found(played(dict(planted(1)), 40)) == set()


def test_an_attempt_that_passed_lacks_nothing_and_every_label_has_evidence() -> None:
    corpus = Corpus.from_trajectories(played(dict(planted(0.3)), 40))
    for table in RepairLabeller().label(corpus):
        for key, label in table.runs[0].items():
            assert not (label is Label.LACKING and corpus.outcomes[key])
            assert (label is Label.LACKING) == (key in table.evidence)


def test_episodes_that_cannot_be_executed_are_not_applicable() -> None:
    talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    corpus = Corpus.from_trajectories([Trajectory("shop", str(n), talk, 0.0, False) for n in range(3)])
    labels = {label for table in RepairLabeller().label(corpus) for label in table.runs[0].values()}
    assert labels == {Label.NA}


def test_the_command_takes_the_labeller(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "t.jsonl"
    log.write_text("".join(json.dumps(one.to_json()) + "\n" for one in played(dict(planted(0.2)), 60)))
    assert main(["identify", str(log), "--labeller", "repair", "--out", str(tmp_path / "c.json")]) == 0
    written = json.loads((tmp_path / "c.json").read_text())
    assert {row["labeller"] for row in written["capabilities"]} == {"repair"}
    assert "user_guidance" in capsys.readouterr().out
