"""Files that stand beside, or inside, the one that is read."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from .expected import EXPECTED
from .reading import read, refused
from .samples import NATIVE
from .samples.files import wrote, wrote_lines
from .samples.inspect_logs import marked_as, wrote_eval
from .samples.taus import TAU1
from .samples.toolsandbox import wrote_toolsandbox


def test_a_toolsandbox_conversation_that_is_missing_is_named(tmp_path: Path) -> None:
    run = wrote_toolsandbox(tmp_path)
    conversation = run / "trajectories" / "turn_on_wifi" / "conversation.json"
    for content, said in ((None, "no such file"), ("{", "line 1, column 2"), ("{}", "expected a list of messages")):
        conversation.unlink() if content is None else conversation.write_text(content)
        good, bad = read(run / "result_summary.json")
        assert good == EXPECTED["toolsandbox"][1:]
        assert bad[0].startswith(f"scenario 0: {conversation}: {said}")


def test_a_damaged_member_of_an_eval_file_is_named(tmp_path: Path) -> None:
    path = wrote_eval(tmp_path / "log.eval", method=zipfile.ZIP_STORED)
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"epoch": 2', b'"epoch": 7', 1))
    good, bad = read(path)
    assert good == [EXPECTED["inspect"][0], EXPECTED["inspect"][2]]
    assert bad == [
        "samples/2_epoch_2.json: Bad CRC-32 for file 'samples/2_epoch_2.json'; damaged, copy the file again."
    ]


def test_a_cut_eval_file_is_one_sentence(tmp_path: Path) -> None:
    path = wrote_eval(tmp_path / "log.eval")
    path.write_bytes(path.read_bytes()[:-30])
    assert refused(path) == "the zip is damaged or cut off; copy the file again."


def test_another_zip_is_one_sentence(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.txt", "x")
    assert refused(tmp_path / "x.zip") == "a zip without header.json; not an Inspect log."


@pytest.mark.usefixtures("zipfile_without_zstd")
def test_a_zip_packed_otherwise_says_what_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    path = marked_as(wrote_eval(tmp_path / "log.eval", method=zipfile.ZIP_STORED), 93)
    assert "packed by zstd, which Python 3" in refused(path)
    assert "`pip install zstandard`, or write the log as JSON: `inspect log convert" in refused(path)
    assert "packed by method 97, which Python" in refused(marked_as(path, 97))


def test_a_folder_that_only_looks_like_a_dataset_is_one_sentence(tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "state.json").write_text("{")
    assert refused(tmp_path / "d").startswith("not a dataset that can be read (")


def test_what_a_file_holds_cannot_steer_a_terminal(tmp_path: Path) -> None:
    path = wrote(tmp_path / "tau1_shop.json", [TAU1[0] | {"reward": "\x1b[2J\n\u202e"}])
    said = refused(path)
    assert "\x1b" not in said
    assert "\u202e" not in said


@pytest.mark.parametrize("first", [{}, 3, {"role": "user"}])
def test_a_bad_first_element_does_not_hide_the_format(first: Any, tmp_path: Path) -> None:
    good, bad = read(wrote(tmp_path / "tau1_shop.json", [first, *TAU1]))
    assert good == EXPECTED["tau1"]
    assert bad[0].startswith("episode 0: ")
    good, bad = read(wrote_lines(tmp_path / "t.jsonl", first, NATIVE[0].to_json()))
    assert good == NATIVE[:1]
    assert bad[0].startswith("line 1: ")
