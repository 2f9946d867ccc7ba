"""Discovery: which episodes are read, what the model is told, and what its proposal may be."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from model_server import ModelServer, completion

from trace_gym import UserError
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.dictionary import Dictionary, DictionaryEntry
from trace_gym.capabilities.discovery import Examples, discover, draw_examples
from trace_gym.llm.asking import Asker
from trace_gym.llm.cache import AnswerCache
from trace_gym.llm.client import ChatClient

from ..helpers import Talk

ARCHETYPES = {"multi_step": "Do the same write for several records."}
TACT = {"name": "tact", "description": "Stay polite.", "occasion": "A refusal.", "archetype": ""}


@pytest.fixture
def server(local_endpoints: None) -> Iterator[ModelServer]:
    with contextlib.closing(ModelServer()) as made:
        yield made


def proposes(server: ModelServer, *rows: Any) -> None:
    server.instead = lambda body: completion(json.dumps({"capabilities": list(rows)}))


def corpus_of(*episodes: tuple[str, bool]) -> Corpus:
    made = []
    for number, (task, is_solved) in enumerate(episodes):
        made.append(Talk(f"episode {number}").say("Yes.").trajectory(task_id=task, success=is_solved, trial=number))
    return Corpus.from_trajectories(made)


BOTH = corpus_of(("a", False), ("a", True), ("b", False))


def found(server: ModelServer, folder: Path, corpus: Corpus = BOTH, **options: Any) -> Dictionary:
    asker = Asker(ChatClient("m", server.url, retries=0), AnswerCache(folder))
    return discover(corpus, draw_examples(corpus, 6, 6), ARCHETYPES, asker, **options)


def test_failures_and_passes_are_told_apart(server: ModelServer, tmp_path: Path) -> None:
    proposes(server, TACT)
    dictionary = found(server, tmp_path)

    assert dictionary.entries == (DictionaryEntry("tact", "Stay polite.", "A refusal.", ""),)
    told = server.asked[0]["messages"][1]["content"]
    failed, passed = told.split("episodes that failed:")[1].split("episodes that passed:")
    assert ("episode 0" in failed, "episode 2" in failed, "episode 1" in passed) == (True, True, True)
    assert "multi_step: Do the same write" in told


def test_it_is_asked_once(server: ModelServer, tmp_path: Path) -> None:
    proposes(server, TACT)

    assert found(server, tmp_path) == found(server, tmp_path)
    assert len(server.asked) == 1


def test_an_archetype_may_fit(server: ModelServer, tmp_path: Path) -> None:
    proposes(server, {**TACT, "archetype": "multi_step"})

    assert found(server, tmp_path).entries[0].archetype == "multi_step"


@pytest.mark.parametrize(
    "rows",
    [[], [{**TACT, "archetype": "cooking"}], [{**TACT, "name": "Tact!"}], [{"name": "tact"}], [TACT] * 11],
    ids=["none", "archetype", "name", "fields", "eleven"],
)
def test_a_proposal_of_another_form_is_one_sentence(rows: list[Any], server: ModelServer, tmp_path: Path) -> None:
    proposes(server, *rows)

    with pytest.raises(
        UserError, match=r"no valid 'capabilities' in two tries: .*; try another --seed or another model"
    ):
        found(server, tmp_path)


def test_a_name_that_is_proposed_twice_is_one_sentence(server: ModelServer, tmp_path: Path) -> None:
    proposes(server, TACT, TACT)

    with pytest.raises(UserError, match="The model's proposal: the capability 'tact' is there twice"):
        found(server, tmp_path)


def test_what_a_model_writes_can_be_written(server: ModelServer, tmp_path: Path) -> None:
    proposes(server, {**TACT, "description": "Stay\npolite \ud800."})

    assert found(server, tmp_path).entries[0].description == "Stay polite ?."


def test_as_many_tasks_as_possible_are_read_and_passes_of_the_same_tasks() -> None:
    failures = [(task, False) for task in "aaaabbbbcd"]
    passes = [(task, True) for task in "zzzzyyyyab"]
    corpus = corpus_of(*failures, *passes)
    for seed in range(20):
        drawn = draw_examples(corpus, failed=4, passed=3, seed=seed)
        assert {corpus.keys[position].task_id for position in drawn.failed} == set("abcd")
        tasks = [corpus.keys[position].task_id for position in drawn.passed]
        assert set(tasks[:2]) == {"a", "b"}
        assert tasks[2] in "zy"


def test_the_same_seed_draws_the_same_and_another_other_ones() -> None:
    corpus = corpus_of(*[(str(n), n % 2 == 0) for n in range(40)])

    assert draw_examples(corpus, 5, 5, 1) == draw_examples(corpus, 5, 5, 1)
    assert draw_examples(corpus, 5, 5, 1) != draw_examples(corpus, 5, 5, 2)


def test_fewer_episodes_than_asked_for_are_all_drawn() -> None:
    drawn = draw_examples(BOTH, 50, 50)

    assert (sorted(drawn.failed), drawn.passed) == ([0, 2], (1,))


def test_an_episode_that_broke_down_is_not_read() -> None:
    broken = [replace(trajectory, error="gone") for trajectory in BOTH.trajectories[2:]]
    corpus = Corpus.from_trajectories([*BOTH.trajectories[:2], *broken])

    assert draw_examples(corpus, 6, 6) == Examples((0,), (1,))


@pytest.mark.parametrize(
    ("episodes", "counts"), [([("a", True)], "0 and 1"), ([("a", False)], "1 and 0"), ([], "0 and 0")]
)
def test_without_both_kinds_there_is_nothing_to_contrast(episodes: list[tuple[str, bool]], counts: str) -> None:
    with pytest.raises(UserError, match=f"contrasts episodes that failed with episodes that passed, got {counts}"):
        draw_examples(corpus_of(*episodes), 6, 6)
