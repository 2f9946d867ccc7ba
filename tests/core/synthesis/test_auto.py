"""The synthesizer that takes cases where the logs hold enough of them, and else an archetype."""

from __future__ import annotations

import dataclasses

import pytest

from trace_gym import UserError
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import label_corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.synthesis.synthesizers import synthesizer_named
from trace_gym.trajectories.record import Trajectory

AUTO = synthesizer_named("auto")


def made_by(table: LabelTable, corpus: Corpus) -> str:
    return AUTO.synthesize(table, corpus).manifest.synthesizer


def test_cases_come_first(corpus: Corpus, tables: dict[str, LabelTable]) -> None:
    assert {made_by(table, corpus) for table in tables.values() if table.capability.archetype} == {"cases"}


def test_without_references_it_takes_an_archetype(desk_trajectories: list[Trajectory]) -> None:
    bare = []
    for trajectory in desk_trajectories[:200]:
        # nor a success, whose calls would be borrowed as one
        bare.append(dataclasses.replace(trajectory, gold=None, success=False))
    corpus = Corpus.from_trajectories(bare)
    table = next(table for table in label_corpus(corpus) if table.capability.name == "error_recovery")
    assert made_by(table, corpus) == "logs"


def test_where_neither_is_possible_both_are_named(desk_trajectories: list[Trajectory]) -> None:
    corpus = Corpus.from_trajectories(desk_trajectories[:1])
    table = next(table for table in label_corpus(corpus) if table.capability.name == "multi_step_completion")
    with pytest.raises(UserError, match=r"No environment for .*cases|No environment for .* No environment for "):
        AUTO.synthesize(table, corpus)
