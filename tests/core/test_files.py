"""Opening and writing files."""

from __future__ import annotations

import errno
import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from trace_gym import UserError
from trace_gym.files import read_json, read_lines, read_text, write_atomic, write_json


def test_plain_and_gzip_read_the_same(tmp_path: Path) -> None:
    text = "Grüße\n"
    (tmp_path / "a").write_text(text, encoding="utf-8")
    (tmp_path / "b").write_bytes(gzip.compress(text.encode()))
    assert read_text(tmp_path / "a") == read_text(tmp_path / "b") == text


def test_every_truncation_of_gzip_is_one_sentence(tmp_path: Path) -> None:
    data = gzip.compress(os.urandom(200))
    path = tmp_path / "a.gz"
    for size in range(2, len(data)):
        path.write_bytes(data[:size])
        with pytest.raises(UserError, match="gzip data is truncated or damaged"):
            read_text(path)


def test_damaged_gzip_is_one_sentence(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(os.urandom(200)))
    data[-6] ^= 0xFF
    (tmp_path / "a.gz").write_bytes(bytes(data))
    with pytest.raises(UserError, match="truncated or damaged"):
        read_text(tmp_path / "a.gz")


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        read_text(tmp_path / "a")


def test_a_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_text(tmp_path)


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"ok\xff")
    with pytest.raises(UserError, match=r"not UTF-8 text \(byte 2\)"):
        read_text(tmp_path / "a")


def test_broken_json_is_named_by_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "a").write_text('{\n "a": 1,\n "b": \n')
    with pytest.raises(UserError, match="line 4, column 1"):
        read_json(tmp_path / "a")


def test_broken_lines_are_named(tmp_path: Path) -> None:
    lines = read_lines(tmp_path / "a", '{}\n\n[1]\n{"a": \n{}\n')
    assert [next(lines), next(lines)] == [(1, {}), (3, [1])]
    with pytest.raises(UserError, match="line 4, column"):
        next(lines)


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x1c", "\x0b", "\x0c"])
def test_only_line_feeds_end_a_line(tmp_path: Path, mark: str) -> None:
    text = json.dumps({"a": f"x{mark}y"}, ensure_ascii=False) + "\n"
    assert list(read_lines(tmp_path / "a", text * 2)) == [(1, {"a": f"x{mark}y"}), (2, {"a": f"x{mark}y"})]


def test_carriage_returns_are_tolerated(tmp_path: Path) -> None:
    assert list(read_lines(tmp_path / "a", "{}\r\n[]\r\n")) == [(1, {}), (2, [])]


def test_writing_makes_the_folder_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.json"
    write_json(path, {"a": "é"})
    write_json(path, {"b": 1})
    assert path.read_text(encoding="utf-8") == '{\n  "b": 1\n}\n'
    assert os.listdir(path.parent) == ["a.json"]


@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_a_full_disk_keeps_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "a"
    write_atomic(path, "old")
    monkeypatch.setattr(f"trace_gym.files.os.{step}", full)
    with pytest.raises(UserError, match=r"cannot be written \(No space left on device\); what was there is kept"):
        write_atomic(path, "new")
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a"]


def test_text_that_cannot_be_encoded_leaves_no_litter(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a", "old")
    with pytest.raises((UserError, UnicodeError)):
        write_atomic(tmp_path / "a", "\ud800")
    assert (tmp_path / "a").read_text() == "old"
    assert os.listdir(tmp_path) == ["a"]


def test_a_place_that_is_no_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        write_atomic(tmp_path / "file" / "a", "x")


def test_written_files_can_be_read_by_whom_the_umask_allows(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("x")
    write_atomic(tmp_path / "atomic", "x")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode
