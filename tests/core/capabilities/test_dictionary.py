"""The dictionary of capabilities as a file that people edit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from trace_gym import UserError
from trace_gym.capabilities.dictionary import Dictionary, DictionaryEntry, read_dictionary
from trace_gym.files import write_json
from trace_gym.synthesis.archetypes import ARCHETYPES

ROW = {"name": "tact", "description": "Stay polite.", "occasion": "A refusal.", "archetype": "multi_step"}


def written(path: Path, *rows: Any, **fields: Any) -> Path:
    write_json(path, {"schema": "trace-gym/dictionary", "version": 1, "capabilities": list(rows), **fields})
    return path


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    entries = (DictionaryEntry(**ROW), DictionaryEntry("care", "Take care — always."))
    write_json(tmp_path / "d.json", Dictionary(entries).to_json())

    assert read_dictionary(tmp_path / "d.json", ARCHETYPES) == Dictionary(entries)


def test_an_editor_may_leave_out_what_is_not_needed_and_add_what_they_like(tmp_path: Path) -> None:
    path = written(tmp_path / "d.json", {"name": "tact", "description": " Stay\n polite. ", "comment": "ours"})

    assert read_dictionary(path, ARCHETYPES).entries == (DictionaryEntry("tact", "Stay polite."),)


BAD: list[tuple[list[Any], str]] = [
    ([], "it names no capability"),
    (["tact"], "capability 1 is 'tact', expected an object"),
    ([{**ROW, "name": "Tact"}], "capability 1: the capability is named 'Tact', expected a word"),
    ([{**ROW, "name": "../tact"}], "the capability is named '../tact'"),
    ([{**ROW, "name": "t" * 65}], "expected a word"),
    ([ROW, {"name": "care"}], "capability 2 has no 'description'"),
    ([{**ROW, "description": "  "}], "capability 1 has no 'description'"),
    ([{**ROW, "description": None}], "capability 1 has the description None, expected a text"),
    ([{**ROW, "occasion": 3}], "capability 1 has the occasion 3, expected a text"),
    ([{**ROW, "archetype": "cooking"}], "capability 1 (tact) has the archetype 'cooking', expected one of precond"),
    ([ROW, ROW], "the capability 'tact' is there twice"),
]


@pytest.mark.parametrize(("rows", "sentence"), BAD, ids=[sentence[:40] for _, sentence in BAD])
def test_an_entry_that_cannot_be_used_is_named(rows: list[Any], sentence: str, tmp_path: Path) -> None:
    path = written(tmp_path / "d.json", *rows)

    with pytest.raises(UserError, match=re.escape(sentence)) as refusal:
        read_dictionary(path, ARCHETYPES)
    assert str(refusal.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"schema": "trace-gym/router"}, "its schema is 'trace-gym/router', expected 'trace-gym/dictionary'"),
        ({"version": 2}, "its version is 2, this program reads version 1; make it anew with `trace-gym discover`"),
        ({"capabilities": {}}, "its 'capabilities' is {}, expected a list"),
    ],
)
def test_another_file_is_refused(fields: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=re.escape(sentence)):
        read_dictionary(written(tmp_path / "d.json", ROW, **fields), ARCHETYPES)
