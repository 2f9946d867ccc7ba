"""A damaged line of a JSONL file is one sentence with its place; the other lines are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .expected import EXPECTED
from .reading import read, refused
from .samples import NATIVE
from .samples.chats import CHAT, chat_call
from .samples.files import packed, wrote_lines
from .samples.taus import TAU1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"schema": "trace-gym/trajectory", "a', "line 2, column 36: Unterminated string"),
        ('{"schema":', "line 2, column 11: Expecting value"),
        ("[1]", "line 2: a list, expected an object"),
        ("3", "line 2: a int, expected an object"),
        ("[" * 100_000, "line 2: nested too deeply"),
        ('{"trial": ' + "9" * 5000 + "}", "line 2: "),
        ("{}", "line 2: schema is None, expected 'trace-gym/trajectory'"),
        (json.dumps(NATIVE[0].to_json() | {"version": 2}), "line 2: version is 2, this program reads version 1"),
        (json.dumps(CHAT[0]), "line 2: schema is None"),
    ],
)
@pytest.mark.parametrize("gzipped", [False, True], ids=["plain", "gzip"])
def test_a_bad_line_is_named_and_left_out(line: str, said: str, gzipped: bool, tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "t.jsonl", NATIVE[0].to_json(), line, NATIVE[1].to_json())
    good, bad = read(packed(path) if gzipped else path)
    assert good == NATIVE[:2]
    assert len(bad) == 1
    assert bad[0].startswith(said)


def test_a_bad_first_line_does_not_hide_the_format(tmp_path: Path) -> None:
    good, bad = read(wrote_lines(tmp_path / "t.jsonl", '{"sch', NATIVE[0].to_json()))
    assert good == NATIVE[:1]
    assert bad == ["line 1, column 2: Unterminated string starting at; not valid JSON, perhaps cut off."]


def test_mixed_versions_keep_the_readable_ones(tmp_path: Path) -> None:
    rows = [NATIVE[0].to_json() | {"version": v} for v in (2, 1, None, "1")]
    good, bad = read(wrote_lines(tmp_path / "t.jsonl", *rows))
    assert good == NATIVE[:1]
    assert bad == [
        f"line {n}: version is {v}, this program reads version 1." for n, v in ((1, 2), (3, None), (4, "'1'"))
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reward": "1"}, "reward: '1' is not of type 'number'"),
        ({"reward": float("nan")}, "reward: nan is not a finite number"),
        ({"success": "no"}, "success: 'no' is not of type 'boolean'"),
        ({"policy": 3}, "policy: 3 is not of type 'string'"),
        ({"error": ["x"]}, "error: ['x'] is not of type 'string'"),
        ({"settings": "hot"}, "settings: 'hot' is not of type 'object'"),
        ({"terms": {"a": "x"}}, "terms.a: 'x' is not of type 'number'"),
        ({"facts": [{"value": "1", "unless": 3}]}, "facts.0.unless: 3 is not of type 'array'"),
        ({"messages": "Hi " * 500}, "messages: 'Hi Hi Hi"),
        ({"messages": [{"role": "tool", "content": "", "tool_call_id": []}]}, "messages.0.tool_call_id: [] is not of"),
        ({"messages": [{"role": "tool", "content": "", "name": 3}]}, "messages.0.name: 3 is not of type 'string'"),
        (
            {"messages": [{"role": "assistant", "content": "", "tool_calls": [chat_call({}) | {"id": 3}]}]},
            "messages.0.tool_calls.0.id: 3 is not of type 'string'",
        ),
        (
            {"messages": [{"role": "assistant", "content": "", "tool_calls": [chat_call("{}")]}]},
            "messages.0.tool_calls.0.function.arguments: '{}' is not of type 'object'",
        ),
    ],
)
def test_a_record_of_wrong_types_is_named(changed: dict[str, Any], said: str, tmp_path: Path) -> None:
    rows = [NATIVE[0].to_json() | changed, NATIVE[1].to_json()]
    good, bad = read(wrote_lines(tmp_path / "t.jsonl", *rows))
    assert good == NATIVE[1:2]
    assert bad[0].startswith(f"line 1: {said}")
    assert "is not" in bad[0]


def test_what_is_no_utf8_costs_its_line_only(tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "t.jsonl", *(t.to_json() for t in NATIVE))
    lines = path.read_bytes().split(b"\n")
    lines[1] = b'{"a": "\xff"}'
    path.write_bytes(b"\n".join(lines))
    good, bad = read(path)
    assert good == [NATIVE[0], NATIVE[2]]
    assert bad == ["line 2: not UTF-8 text (byte 7 of the line)."]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "byte order mark"])
@pytest.mark.parametrize("before", [0, 1 << 18, (1 << 18) - 1, 300_000])
def test_the_byte_of_a_large_json_is_named(mark: bytes, before: int, tmp_path: Path) -> None:
    path = tmp_path / "tau1_shop.json"
    text = mark + json.dumps(TAU1)[:-1].encode() + b" " * before
    path.write_bytes(text + b", \xe9\x81]")
    good, bad = read(path)
    # what is read before the chunk with the damage
    assert good == (EXPECTED["tau1"] if before > 1 << 17 else [])
    assert bad == [f"not UTF-8 text (byte {len(text) + 2}); give a UTF-8 file."]


def test_utf16_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_bytes(json.dumps(TAU1).encode("utf-16"))
    assert "not UTF-8 text (byte 0)" in refused(tmp_path / "t.json")
