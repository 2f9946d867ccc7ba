"""Files of no known format are one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trace_gym.trajectories.episode_error import UnknownFormatError
from trace_gym.trajectories.readers import FORMATS, iter_episodes
from trace_gym.trajectories.readers.inputs import find_inputs

from .expected import EXPECTED
from .reading import read, refused
from .samples import NATIVE, WRITERS
from .samples.bfcl import BFCL_SCORES
from .samples.files import wrote
from .samples.inspect_logs import INSPECT
from .samples.taus import TAU1, TAU2


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"some": "json"}, "no known trajectory format; expected trace-gym JSONL, a tau-bench v1 list,"),
        ([], "no known trajectory format"),
        (3, "no known trajectory format"),
        ({"schema": "trace-gym/run"}, "no known trajectory format (its schema is 'trace-gym/run')"),
        (BFCL_SCORES[0], "no known trajectory format (a BFCL score file; give its result file)"),
        (
            [{"role": "user"}],
            "no known trajectory format (messages without a reward; of ToolSandbox give result_summary",
        ),
        ({"simulation_index": []}, "no known trajectory format (the index of tau2-bench results kept in a folder"),
    ],
)
def test_an_unknown_format_is_one_sentence(value: Any, said: str, tmp_path: Path) -> None:
    path = wrote(tmp_path / "data.json", value)
    (episode,) = iter_episodes(path)
    assert isinstance(episode, UnknownFormatError)
    assert refused(path).startswith(said)


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_one_sentence(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "data.json").write_bytes(data)
    assert "column" in refused(tmp_path / "data.json") or "no known" in refused(tmp_path / "data.json")


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0", b"hello", b"<html>", b"\0" * 64])
def test_what_is_no_json_is_one_sentence(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "data.json").write_bytes(data)
    said = refused(tmp_path / "data.json")
    assert "not valid JSON" in said or "not UTF-8" in said


@pytest.mark.parametrize("name", WRITERS)
def test_a_wrongly_named_format_is_a_sentence_an_episode(name: str, tmp_path: Path) -> None:
    (one,) = find_inputs([WRITERS[name](tmp_path)])
    for other in set(FORMATS) - {name, "hf"}:
        good, bad = read(one.path, name=other)
        assert len(good) + len(bad) <= max(3, len(EXPECTED[name]))
        assert other == "chat" or not good


def test_an_unknown_name_of_a_format_is_one_sentence(tmp_path: Path) -> None:
    path = wrote(tmp_path / "data.json", TAU1)
    assert refused(path, name="tau3").startswith("Unknown format 'tau3'; expected one of trace-gym, tau1, tau2,")


def test_one_object_laid_out_over_lines_is_one_sentence(tmp_path: Path) -> None:
    said = refused(wrote(tmp_path / "t.json", NATIVE[0].to_json(), indent=2))
    assert said == ("line 1: JSON spread over several lines, expected one object a line; use `jq -c .`.")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (TAU2 | {"tasks": None}, "info or tasks: TypeError"),
        (TAU2 | {"simulations": {}}, "simulations: {}, expected a list"),
        (TAU2 | {"simulations": []}, "holds no trajectories when read as tau2-bench results"),
        (INSPECT | {"eval": {}}, "eval: names no task; not an Inspect log"),
        (INSPECT | {"samples": None}, "samples: None, expected a list"),
        ({k: v for k, v in INSPECT.items() if k != "samples"}, "holds no trajectories when read as an Inspect log"),
        ({"per_scenario_results": []}, "holds no trajectories when read as a ToolSandbox result_summary.json"),
    ],
)
def test_a_format_without_its_parts_is_one_sentence(value: Any, said: str, tmp_path: Path) -> None:
    assert refused(wrote(tmp_path / "data.json", value)).startswith(said)
