"""Reading `capabilities.json`, damaged and whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trace_gym import UserError
from trace_gym.capabilities.capabilities_file import read_capabilities, table_of
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import identify
from trace_gym.capabilities.label_table import LabelTable, from_letters
from trace_gym.capabilities.labels import Capability, Evidence, SetApart

from ..helpers import Talk


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus.from_trajectories([Talk("x").trajectory(task_id=str(n), success=n > 1) for n in range(4)])


@pytest.fixture(scope="module")
def tables(corpus: Corpus) -> list[LabelTable]:
    evidence = {corpus.keys[1]: Evidence(message=0, note="rude"), corpus.keys[3]: Evidence(call=2)}
    several = tuple(from_letters(letters, corpus.keys) for letters in ("LLPP", "L-PP", "LLP-"))
    return [
        LabelTable(Capability("tact", "Stay polite."), "people", several, evidence),
        LabelTable(Capability("speed", "Be quick.", "multi_step"), "rules", several[:1]),
    ]


@pytest.fixture(scope="module")
def text(corpus: Corpus, tables: list[LabelTable]) -> str:
    return json.dumps(identify(corpus, tables))


@pytest.fixture
def content(text: str) -> dict[str, Any]:
    """The content of a whole file, to be damaged."""
    written: dict[str, Any] = json.loads(text)
    return written


def saved(folder: Path, content: Any) -> Path:
    path = folder / "c.json"
    path.write_text(json.dumps(content))
    return path


def test_what_was_written_is_read(content: dict[str, Any], corpus: Corpus, tmp_path: Path) -> None:
    assert read_capabilities(saved(tmp_path, content), corpus) == content


def test_runs_and_evidence_come_back(
    content: dict[str, Any], corpus: Corpus, tables: list[LabelTable], tmp_path: Path
) -> None:
    capabilities = read_capabilities(saved(tmp_path, content), corpus)

    for table in tables:
        assert table_of(capabilities, table.capability.name) == table


@pytest.mark.parametrize(
    ("content", "schema"),
    [([], "'list'"), ("x", "'str'"), ({}, "None"), ({"schema": "trace-gym/x"}, "'trace-gym/x'")],
)
def test_another_kind_of_file_is_refused(content: Any, schema: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"c\.json: its schema is {schema}, expected 'trace-gym/capabilities'\."):
        read_capabilities(saved(tmp_path, content))


@pytest.mark.parametrize("version", [1, 3, None, "2"])
def test_another_version_names_the_command_that_makes_the_file_anew(
    version: object, content: dict[str, Any], tmp_path: Path
) -> None:
    path = saved(tmp_path, {**content, "version": version})

    with pytest.raises(UserError) as refusal:
        read_capabilities(path)
    assert f"its version is {version!r}, this program reads version 2" in str(refusal.value)
    assert f"`trace-gym identify TRAJECTORIES --out {path}`" in str(refusal.value)


@pytest.mark.parametrize("key", ["attempts", "capabilities"])
@pytest.mark.parametrize("value", [None, {}, "x"])
def test_a_file_without_its_lists_is_refused(key: str, value: object, content: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="it lacks its capabilities or attempts"):
        read_capabilities(saved(tmp_path, {**content, key: value}))


@pytest.mark.parametrize("key", ["archetype", "description", "labels", "selected"])
def test_a_row_without_a_field_is_named_with_the_field(key: str, content: dict[str, Any], tmp_path: Path) -> None:
    row = content["capabilities"][1]
    del row[key]

    with pytest.raises(UserError, match=rf"the capability '{row['name']}' lacks '{key}'; run"):
        read_capabilities(saved(tmp_path, content))


def test_a_row_without_a_name_lacks_its_name(content: dict[str, Any], tmp_path: Path) -> None:
    del content["capabilities"][0]["name"]

    with pytest.raises(UserError, match="the capability None lacks 'name'"):
        read_capabilities(saved(tmp_path, content))


@pytest.mark.parametrize("row", ["tact", 3, None, []])
def test_a_row_that_is_no_object_is_refused(row: object, content: dict[str, Any], tmp_path: Path) -> None:
    content["capabilities"].append(row)

    with pytest.raises(UserError, match="lacks 'archetype'"):
        read_capabilities(saved(tmp_path, content))


@pytest.mark.parametrize("labels", ["LLP", "LLPPP", "LLPX", "llpp", ["L", "L", "P", "P"], None, 4])
def test_unreadable_labels_are_refused(labels: object, content: dict[str, Any], tmp_path: Path) -> None:
    content["capabilities"][0]["labels"] = labels

    with pytest.raises(UserError, match=r"are not one of -/P/L for each of the 4 attempts"):
        read_capabilities(saved(tmp_path, content))


def test_without_a_corpus_the_origin_is_not_checked(content: dict[str, Any], tmp_path: Path) -> None:
    del content["trajectories_sha256"]

    assert read_capabilities(saved(tmp_path, content))["capabilities"]


def test_a_file_that_records_no_digest_belongs_to_no_corpus(
    content: dict[str, Any], corpus: Corpus, tmp_path: Path
) -> None:
    del content["trajectories_sha256"]

    with pytest.raises(UserError, match=rf"SHA-256 None.*and these have {corpus.sha256[:16]}"):
        read_capabilities(saved(tmp_path, content), corpus)


def test_files_of_one_run_need_neither_labeller_nor_evidence(content: dict[str, Any], corpus: Corpus) -> None:
    for row in content["capabilities"]:
        del row["labeller"], row["evidence"]

    table = table_of(content, "speed")
    assert table.labeller == ""
    assert table.evidence == {}
    assert table.runs == (from_letters("LLPP", corpus.keys),)


def test_what_is_set_apart_and_verified_comes_back(corpus: Corpus, tmp_path: Path) -> None:
    apart = {corpus.keys[0]: SetApart("user", "it left")}
    table = LabelTable(
        Capability("tact", "Stay polite."), "repair", (from_letters("-LPP", corpus.keys),), {}, apart, verified=True
    )
    path = saved(tmp_path, identify(corpus, [table]))
    assert table_of(read_capabilities(path, corpus), "tact") == table


def test_a_file_from_before_anything_was_set_apart_is_read(content: dict[str, Any], corpus: Corpus) -> None:
    del content["set_apart"]
    for row in content["capabilities"]:
        del row["set_apart"], row["verified"]
    assert table_of(content, "speed").set_apart == {}
    assert not table_of(content, "speed").verified
