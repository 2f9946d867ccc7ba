"""Finding the files to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from trace_gym.errors import UserError
from trace_gym.trajectories.readers.inputs import find_inputs


def made(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    return folder


def names(folder: Path) -> list[str]:
    return [str(one.path.relative_to(folder)) for one in find_inputs([folder])]


def test_a_folder_is_searched_in_a_fixed_order(tmp_path: Path) -> None:
    made(tmp_path, "b/1.jsonl", "a/2.eval", "a/1.json", "z.json.gz", "c.jsonl.gz")
    assert names(tmp_path) == ["c.jsonl.gz", "z.json.gz", "a/1.json", "a/2.eval", "b/1.jsonl"]


def test_hidden_and_other_files_are_left_out(tmp_path: Path) -> None:
    made(tmp_path, "a.json", ".b.json", ".git/c.json", "d.txt", "e.json.bak")
    assert names(tmp_path) == ["a.json"]


def test_a_named_file_may_be_called_anything(tmp_path: Path) -> None:
    made(tmp_path, ".hidden.txt")
    (one,) = find_inputs([tmp_path / ".hidden.txt"])
    assert not one.found
    assert one.given == one.path


def test_a_toolsandbox_run_hides_what_is_below_it(tmp_path: Path) -> None:
    made(tmp_path, "run/result_summary.json", "run/other.json", "run/trajectories/x/conversation.json", "b.json")
    assert names(tmp_path) == ["b.json", "run/result_summary.json"]


def test_a_dataset_is_one_input_even_if_hidden_files_are_not(tmp_path: Path) -> None:
    made(tmp_path, "data/state.json", "data/dataset_info.json", "split/dataset_dict.json", "split/train/state.json")
    assert names(tmp_path) == ["data", "split"]
    assert [one.path for one in find_inputs([tmp_path / "data"])] == [tmp_path / "data"]


def test_a_file_is_read_once_however_it_is_reached(tmp_path: Path) -> None:
    made(tmp_path, "a.json")
    (tmp_path / "link.json").symlink_to(tmp_path / "a.json")
    inputs = find_inputs([tmp_path / "a.json", tmp_path, tmp_path / "link.json"])
    assert [(one.path, one.given) for one in inputs] == [(tmp_path / "a.json", tmp_path / "a.json")]


def test_what_is_missing_or_empty_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file; give a trajectories file or a folder of them"):
        find_inputs([tmp_path / "none"])
    with pytest.raises(UserError, match=r"the folder holds no file named \.json, \.jsonl, \.eval"):
        find_inputs([made(tmp_path, "a.txt")])
