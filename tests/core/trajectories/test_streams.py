"""Files read in pieces, plain and gzip."""

from __future__ import annotations

import gzip
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.errors import UserError
from trace_gym.trajectories import streams
from trace_gym.trajectories.streams import lines, open_binary, seekable, text_chunks


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_lines_are_numbered_and_blank_ones_left_out(pack: object, tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes(pack(b"\xef\xbb\xbfa\n\n \nb\r\nc\x0bd\xe2\x80\xa8e"))  # type: ignore[operator]
    assert list(lines(path)) == [(1, b"a\n"), (4, b"b\r\n"), (5, b"c\x0bd\xe2\x80\xa8e")]


@given(text=st.text(max_size=40), size=st.integers(1, 7))
def test_chunks_never_split_a_character(text: str, size: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("t") / "t"
    path.write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams, "_CHUNK", size)
        assert "".join(text_chunks(path)) == text.removeprefix("\ufeff")


def test_a_character_cut_off_at_the_end_is_named_by_its_byte(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes("aé".encode()[:-1])
    with pytest.raises(UserError, match=r"not UTF-8 text \(byte 1\); give a UTF-8 file"):
        list(text_chunks(path))


def test_a_truncated_gzip_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "t.gz"
    path.write_bytes(gzip.compress(os.urandom(1000))[:-20])
    with pytest.raises(UserError, match=str(path)), open_binary(path) as stream:
        stream.read()


def test_a_file_is_seekable_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes(b"a")
    with seekable(path) as given:
        assert given == path


def test_a_pipe_is_copied_and_the_copy_removed(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"abc",))
    writer.start()
    with seekable(pipe) as copy:
        assert [copy.read_bytes(), copy.read_bytes()] == [b"abc", b"abc"]
    writer.join()
    assert not copy.exists()
