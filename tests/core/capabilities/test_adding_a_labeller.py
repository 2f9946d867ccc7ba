"""A labeller that asks a language model and one that reads annotations: one file and one line each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from trace_gym import UserError
from trace_gym.capabilities import labellers
from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.identify import identify, label_corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.labeller import Labeller
from trace_gym.capabilities.labels import Capability, Evidence, Label
from trace_gym.capabilities.selection import selected

from ..helpers import Talk

TACT = Capability("tact", "Stay polite when a request is refused.")

# ---- what an author would write, in a file of their own


class LanguageModelLabeller:
    """Asks a language model about every attempt, in several independent passes."""

    NAME = "language-model"

    def __init__(self, ask: Callable[[str], str], passes: int) -> None:
        self._ask = ask
        self._passes = passes

    def label(self, corpus: Corpus) -> list[LabelTable]:
        runs = []
        evidence: dict[AttemptKey, Evidence] = {}
        for _ in range(self._passes):
            run = {}
            for key, attempt in zip(corpus.keys, corpus.attempts, strict=True):
                answer = json.loads(self._ask(" ".join(str(message["content"]) for message in attempt.messages)))
                run[key] = Label(answer["label"])
                evidence[key] = Evidence(message=answer["message"], note=answer["why"])
            runs.append(run)
        return [LabelTable(TACT, self.NAME, tuple(runs), evidence)]


class AnnotationLabeller:
    """Reads labels that a person wrote down."""

    NAME = "annotations"

    def __init__(self, path: Path) -> None:
        self._path = path

    def label(self, corpus: Corpus) -> list[LabelTable]:
        written: Mapping[str, str] = json.loads(self._path.read_text(encoding="utf-8"))
        run = {key: Label(written[key.task_id]) for key in corpus.keys if key.task_id in written}
        return [LabelTable(TACT, self.NAME, (run,))]


# ----


def endpoint(prompt: str) -> str:
    """Stands for an OpenAI-compatible endpoint."""
    label = "L" if "never" in prompt else "P"
    return json.dumps({"label": label, "message": 2, "why": "the reply to the refusal"})


@pytest.fixture
def rude_when_failing() -> Corpus:
    trajectories = []
    for number in range(20):
        is_solved = number >= 10
        talk = Talk("Ship it.").say("With pleasure." if is_solved else "I never will.")
        trajectories.append(talk.trajectory(task_id=str(number), success=is_solved))
    return Corpus.from_trajectories(trajectories)


def test_one_line_adds_a_language_model(monkeypatch: pytest.MonkeyPatch, rude_when_failing: Corpus) -> None:
    more: tuple[Labeller, ...] = (*labellers.LABELLERS, LanguageModelLabeller(endpoint, passes=4))
    monkeypatch.setattr(labellers, "LABELLERS", more)

    tables = label_corpus(rude_when_failing, labellers.LABELLERS)
    capabilities = identify(rude_when_failing, tables)

    assert [row["name"] for row in selected(capabilities)] == ["tact"]
    row = selected(capabilities)[0]
    assert (row["labeller"], row["runs"], row["runs_passed"]) == ("language-model", 4, 4)
    assert row["evidence"]["0"] == {"message": 2, "note": "the reply to the refusal"}


def test_a_person_is_a_labeller_too(tmp_path: Path, rude_when_failing: Corpus) -> None:
    path = tmp_path / "annotations.json"
    path.write_text(json.dumps({str(number): "P" if number >= 10 else "L" for number in range(20)}))

    tables = label_corpus(rude_when_failing, [AnnotationLabeller(path)])

    assert [row["name"] for row in selected(identify(rude_when_failing, tables))] == ["tact"]


def test_an_attempt_without_a_label_is_named(tmp_path: Path, rude_when_failing: Corpus) -> None:
    path = tmp_path / "annotations.json"
    path.write_text(json.dumps({str(number): "P" for number in range(19)}))

    with pytest.raises(UserError, match=r"'annotations' gave, in run 1 of 'tact', no label for attempt '19'"):
        label_corpus(rude_when_failing, [AnnotationLabeller(path)])


def test_a_label_of_an_unknown_attempt_is_named(rude_when_failing: Corpus) -> None:
    stranger = AttemptKey("elsewhere", "99")
    run = {**dict.fromkeys(rude_when_failing.keys, Label.NA), stranger: Label.PRESENT}

    with pytest.raises(UserError, match=r"a label for the unknown attempt '99' \(environment 'elsewhere'"):
        LabelTable(TACT, "people", (run,)).check(rude_when_failing)


def test_a_table_without_runs_is_refused(rude_when_failing: Corpus) -> None:
    with pytest.raises(UserError, match="gave no labels of 'tact'"):
        LabelTable(TACT, "people", ()).check(rude_when_failing)


@pytest.mark.parametrize(
    ("letters", "agreed"),
    [("LLP", Label.LACKING), ("LP", Label.NA), ("LPP-", Label.PRESENT), ("L-P", Label.NA), ("P", Label.PRESENT)],
)
def test_the_majority_of_the_runs_counts_and_a_tie_is_na(letters: str, agreed: Label) -> None:
    key = AttemptKey("shop", "7")
    table = LabelTable(TACT, "people", tuple({key: Label(letter)} for letter in letters))

    assert table.consensus() == {key: agreed}
