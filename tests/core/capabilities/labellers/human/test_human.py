"""Labels by people: what a file of annotations may hold, and the sentence for everything else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from trace_gym import UserError
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.dictionary import Dictionary, DictionaryEntry
from trace_gym.capabilities.identify import identify, label_corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.labellers.human.labeller import HumanLabeller
from trace_gym.capabilities.labels import Evidence
from trace_gym.capabilities.selection import selected

from ....helpers import Talk
from ....trajectories.samples.files import packed, wrote_lines

DICTIONARY = Dictionary(
    (
        DictionaryEntry("looking", "Look records up.", archetype="precondition_check"),
        DictionaryEntry("tact", "Stay polite."),
    )
)


def line(task: int, label: Any, capability: str = "tact", **fields: Any) -> dict[str, Any]:
    return {"env_id": "test/Talk", "task_id": str(task), "capability": capability, "label": label, **fields}


@pytest.fixture
def corpus() -> Corpus:
    """Twelve attempts of three messages each; the second half passed."""
    talk = Talk("Ship it.").say("I never will.")
    return Corpus.from_trajectories([talk.trajectory(task_id=str(n), success=n >= 6) for n in range(12)])


def labelled(corpus: Corpus, path: Path, dictionary: Dictionary | None = None) -> list[LabelTable]:
    return label_corpus(corpus, [HumanLabeller(path, dictionary)])


def letters(table: LabelTable, corpus: Corpus) -> list[str]:
    return ["".join(run[key].value for key in corpus.keys) for run in table.runs]


def test_what_nobody_annotated_is_na(corpus: Corpus, tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "a.jsonl", line(0, "LACKING"), line(2, "PRESENT"), line(3, "NA"))

    assert letters(labelled(corpus, path)[0], corpus) == ["L-P---------"]


def test_people_select_a_capability(corpus: Corpus, tmp_path: Path) -> None:
    rows = [line(task, "PRESENT" if task >= 6 else "LACKING") for task in range(12)]
    found = identify(corpus, labelled(corpus, wrote_lines(tmp_path / "a.jsonl", *rows)))

    assert [(row["name"], row["labeller"]) for row in selected(found)] == [("tact", "human")]


def test_every_annotator_is_a_run(corpus: Corpus, tmp_path: Path) -> None:
    rows = [line(0, "LACKING", annotator="Ada"), line(0, "PRESENT", annotator="Bo"), line(0, "LACKING")]
    table = labelled(corpus, wrote_lines(tmp_path / "a.jsonl", *rows))[0]

    assert letters(table, corpus) == ["L-----------", "P-----------", "L-----------"]


def test_who_did_not_look_has_no_vote(corpus: Corpus, tmp_path: Path) -> None:
    ada = [line(task, "LACKING", annotator="Ada") for task in (0, 1, 2)]
    bo = [line(task, "PRESENT", annotator="Bo") for task in (2, 3)]
    cy = [line(task, "LACKING", annotator="Cy") for task in (4,)]
    table = labelled(corpus, wrote_lines(tmp_path / "a.jsonl", *ada, *bo, *cy))[0]

    # on task 2 two disagree, which is NA for the third
    assert letters(table, corpus) == ["LLLPL-------", "LLPPL-------", "LL-PL-------"]
    assert "".join(table.consensus()[key].value for key in corpus.keys) == "LL-PL-------"


def test_an_annotator_of_another_capability_is_no_run(corpus: Corpus, tmp_path: Path) -> None:
    rows = [line(0, "LACKING", annotator="Ada"), line(0, "PRESENT", "looking", annotator="Bo")]
    tables = labelled(corpus, wrote_lines(tmp_path / "a.jsonl", *rows))

    assert [(table.capability.name, len(table.runs)) for table in tables] == [("tact", 1), ("looking", 1)]


def test_the_dictionary_says_what_a_capability_is_and_gives_the_order(corpus: Corpus, tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "a.jsonl", line(0, "LACKING"), line(0, "PRESENT", "looking"))
    plain = labelled(corpus, path)[1].capability
    described = labelled(corpus, path, DICTIONARY)[0].capability

    assert (plain.description, plain.archetype) == ("Looking.", "")
    assert (described.description, described.archetype) == ("Look records up.", "precondition_check")


def test_a_message_and_a_note_are_the_evidence(corpus: Corpus, tmp_path: Path) -> None:
    rows = [
        line(0, "PRESENT", annotator="Ada", note="fine"),
        line(0, "LACKING", annotator="Bo", message=2, note="rude\ud800"),
        line(0, "LACKING", annotator="Cy", message=1),
        line(1, "NA", annotator="Ada"),
    ]
    table = labelled(corpus, wrote_lines(tmp_path / "a.jsonl", *rows))[0]

    assert table.evidence == {corpus.keys[0]: Evidence(2, note="rude?")}


def test_trial_and_occurrence_say_which_attempt(tmp_path: Path) -> None:
    talk = Talk("Ship it.").say("No.")
    corpus = Corpus.from_trajectories([talk.trajectory(trial=trial) for trial in (0, 1, 1)])
    rows = [line(0, "LACKING", trial=1, occurrence=1), line(0, "PRESENT", trial=0)]

    assert letters(labelled(corpus, wrote_lines(tmp_path / "a.jsonl", *rows))[0], corpus) == ["P-L"]


def test_a_packed_file_and_empty_lines_are_read_too(corpus: Corpus, tmp_path: Path) -> None:
    row = line(0, "LACKING", schema="trace-gym/annotation", version=1, note=None, message=None)
    path = packed(wrote_lines(tmp_path / "a.jsonl", "", row, "  "))

    assert letters(labelled(corpus, path)[0], corpus) == ["L-----------"]


BAD: list[tuple[Any, str]] = [
    (line(77, "NA"), "no such episode: task_id '77', env_id 'test/Talk', trial 0, occurrence 0"),
    (line(0, "NA", trial=4), "no such episode: task_id '0', env_id 'test/Talk', trial 4"),
    (line(0, "NA", occurrence=1), "trial 0, occurrence 1"),
    (line(0, "NA", env_id="elsewhere"), "env_id 'elsewhere'"),
    (line(0, "lacking"), "the label is 'lacking', expected one of NA, PRESENT, LACKING."),
    (line(0, "L"), "the label is 'L', expected one of"),
    ({"env_id": "test/Talk", "task_id": "0", "capability": "tact"}, "the label is None, expected one of"),
    (line(0, ["NA"]), "the label is ['NA'], expected one of"),
    (line(0, "NA", "Tact!"), "the capability is named 'Tact!', expected a word"),
    (line(0, "NA", "tact\n"), "the capability is named 'tact\\n', expected a word"),
    ({"env_id": "test/Talk", "task_id": "0", "label": "NA"}, "the capability is named None"),
    (line(0, "NA", message=3), "there is no message 3; the episode has messages 0 to 2"),
    (line(0, "NA", message=-1), "'message' is -1, expected a whole number"),
    (line(0, "NA", message=True), "'message' is True, expected a whole number"),
    (line(0, "NA", trial="1"), "'trial' is '1', expected a whole number"),
    (line(0, "NA", note=3), "'note' is 3, expected a text"),
    (line(0, "NA", annotator=["Ada"]), "'annotator' is ['Ada'], expected a text"),
    (line(0, "NA", task_id=0), "'task_id' is 0, expected a text"),
    (line(0, "NA", reason="x"), "unknown field 'reason'; expected schema, version, env_id"),
    (line(0, "NA", schema="trace-gym/trajectory"), "its schema is 'trace-gym/trajectory'"),
    (line(0, "NA", version=2), "its version is 2, this program reads version 1"),
    ({"task_id": "0", "capability": "tact", "label": "NA"}, "'env_id' is missing"),
    ({"env_id": "test/Talk", "capability": "tact", "label": "NA"}, "'task_id' is missing"),
    ([], "[] is no annotation"),
    ("{", "column 2"),
]


@pytest.mark.parametrize(("row", "sentence"), BAD, ids=[sentence[:40] for _, sentence in BAD])
def test_a_line_that_cannot_be_used_is_named(row: Any, sentence: str, corpus: Corpus, tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "a.jsonl", line(1, "NA"), row)

    with pytest.raises(UserError, match=re.escape(sentence)) as refusal:
        labelled(corpus, path)
    assert str(refusal.value).startswith(f"{path}: line 2")


@pytest.mark.parametrize("second", ["NA", "PRESENT"])
def test_two_labels_for_the_same_are_refused(second: str, corpus: Corpus, tmp_path: Path) -> None:
    rows = [line(0, "NA", annotator="Ada"), line(0, "NA"), line(0, second, annotator="Ada")]
    path = wrote_lines(tmp_path / "a.jsonl", *rows)

    sentence = f"line 3: a second label of 'tact' for attempt '0' by annotator 'Ada', {second}; the first is in line 1"
    with pytest.raises(UserError, match=sentence):
        labelled(corpus, path)


def test_a_capability_that_is_not_in_the_dictionary_is_named(corpus: Corpus, tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "a.jsonl", line(0, "NA", "taste"))

    with pytest.raises(
        UserError, match="line 1: the capability 'taste' is not in the dictionary, which has looking, t"
    ):
        labelled(corpus, path, DICTIONARY)


@pytest.mark.parametrize("rows", [[], ["", "  "]])
def test_an_empty_file_is_refused(rows: list[str], corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no annotation"):
        labelled(corpus, wrote_lines(tmp_path / "a.jsonl", *rows))


def test_a_file_that_is_not_there_is_named(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file; give a file of annotations"):
        labelled(corpus, tmp_path / "a.jsonl")
