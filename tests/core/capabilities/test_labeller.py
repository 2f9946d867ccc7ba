"""Fixed rules as labellers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.label_table import LabelTable, to_letters
from trace_gym.capabilities.labeller import RuleLabeller
from trace_gym.capabilities.labels import Capability, Evidence, Judgement, Label

from ..helpers import Talk


def rule(judge: Any) -> RuleLabeller:
    return RuleLabeller(SimpleNamespace(NAME="brevity", DESCRIPTION="Be brief.", ARCHETYPE="multi_step", label=judge))


def by_length(attempt: Attempt) -> Label | Judgement:
    """NA without calls, PRESENT for one, LACKING with evidence for more."""
    if not attempt.calls:
        return Label.NA
    if len(attempt.calls) == 1:
        return Judgement(Label.PRESENT)
    second = attempt.calls[1]
    return Judgement(Label.LACKING, Evidence(second.position, 1, "a second call"))


def labelled(*talks: Talk, error: str = "") -> tuple[Corpus, LabelTable]:
    trajectories = []
    for number, talk in enumerate(talks):
        trajectories.append(talk.trajectory(task_id=str(number), error=error))
    corpus = Corpus.from_trajectories(trajectories)
    return corpus, rule(by_length).label(corpus)[0]


def test_a_rule_labels_every_attempt_in_one_run() -> None:
    corpus, table = labelled(Talk("x"), Talk("x").call("get"), Talk("x").call("get").call("get"))

    table.check(corpus)
    assert [to_letters(run, corpus.keys) for run in table.runs] == ["-PL"]


def test_labels_and_judgements_may_be_mixed_and_only_evidence_is_kept() -> None:
    corpus, table = labelled(Talk("x"), Talk("x").call("get"), Talk("x").call("get").call("get"))

    assert table.evidence == {corpus.keys[2]: Evidence(message=4, call=1, note="a second call")}


def test_the_table_names_the_rules_capability() -> None:
    _, table = labelled(Talk("x"))

    assert table.capability == Capability("brevity", "Be brief.", "multi_step")
    assert table.labeller == "rules"
    assert rule(by_length).NAME == "brevity"


def test_a_rule_is_not_asked_about_an_episode_that_broke_down() -> None:
    corpus, table = labelled(Talk("x").call("get").call("get"), error="RuntimeError: the endpoint is gone")

    assert to_letters(table.runs[0], corpus.keys) == "-"
    assert table.evidence == {}


def test_an_empty_corpus_has_an_empty_run() -> None:
    _, table = labelled()

    assert table.runs == ({},)
