"""What stands before the damage of a large file is kept."""

from __future__ import annotations

import gzip
import json
import os
import threading
from pathlib import Path

import pytest

from trace_gym.trajectories.readers.inputs import find_inputs

from .expected import EXPECTED
from .reading import read
from .samples import NATIVE, WRITERS
from .samples.files import packed, wrote_lines
from .samples.taus import TAU1


@pytest.mark.parametrize("gzipped", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize(("name", "marker"), [("tau1", '"task_id": 6'), ("tau2", '"id": "s1"'), ("inspect", '"id": 2')])
def test_what_stands_before_a_cut_is_kept(name: str, marker: str, gzipped: bool, tmp_path: Path) -> None:
    path = WRITERS[name](tmp_path)
    text = path.read_text()
    cut = text[: text.index(marker) + len(marker)]
    path.write_text(cut)
    good, bad = read(packed(path) if gzipped else path)
    assert good == EXPECTED[name][:1]
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads(cut)
    assert bad == [
        f"line {caught.value.lineno}, column {caught.value.colno}: {caught.value.msg}; not valid JSON, perhaps cut off."
    ]


@pytest.mark.parametrize("name", [name for name in WRITERS if name not in ("trace-gym", "chat")])
def test_every_cut_is_one_sentence(name: str, tmp_path: Path) -> None:
    (one,) = find_inputs([WRITERS[name](tmp_path)])
    data = one.path.read_bytes().rstrip()
    for size in range(0, len(data), max(1, len(data) // 60)):
        one.path.write_bytes(data[:size])
        good, bad = read(one.path)
        assert bad, size
        assert good == EXPECTED[name][: len(good)]


def test_a_damaged_gzip_keeps_what_could_be_unpacked(tmp_path: Path) -> None:
    # what deflate cannot make small, so that a half of the file holds about half of the lines
    rows = [NATIVE[0].to_json() | {"task_id": os.urandom(4000).hex()} for _ in range(40)]
    path = packed(wrote_lines(tmp_path / "t.jsonl", *rows))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    good, bad = read(path)
    assert [t.task_id for t in good] == [row["task_id"] for row in rows[: len(good)]]
    assert 10 < len(good) < 30
    assert bad == ["the gzip data is truncated or damaged; copy the file again."]


@pytest.mark.parametrize("damage", [slice(2, 3), slice(20, 24), slice(-8, -4)], ids=["header", "data", "checksum"])
def test_damaged_gzip_bytes_are_one_sentence(damage: slice, tmp_path: Path) -> None:
    data = bytearray(gzip.compress(json.dumps(TAU1).encode()))
    data[damage] = bytes(255 - byte for byte in data[damage])
    (tmp_path / "tau1_shop.json.gz").write_bytes(bytes(data))
    _, bad = read(tmp_path / "tau1_shop.json.gz")
    assert bad == ["the gzip data is truncated or damaged; copy the file again."]


def test_a_pipe_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "tau1_shop.json"
    os.mkfifo(pipe)
    data = gzip.compress(json.dumps([*TAU1, {}]).encode())
    writer = threading.Thread(target=pipe.write_bytes, args=(data,))
    writer.start()
    good, bad = read(pipe)
    writer.join()
    assert good == EXPECTED["tau1"]
    assert bad == ["episode 2: has no 'reward'."]
