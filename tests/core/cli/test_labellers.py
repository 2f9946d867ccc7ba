"""`trace-gym discover` and `identify` by a language model or by people, against a real local server."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from model_server import ModelServer, completion, judgement

from trace_gym.cli.main import main
from trace_gym.files import write_json
from trace_gym.trajectories.record import Trajectory

from ..trajectories.samples.files import wrote_lines
from .said import refusal

NAMES = ("looking", "tact")


@pytest.fixture
def server(local_endpoints: None) -> Iterator[ModelServer]:
    with contextlib.closing(ModelServer()) as made:
        yield made


@pytest.fixture(scope="module")
def recorded(desk_trajectories: list[Trajectory], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The desk's first 15 trajectories as a file."""
    rows = [trajectory.to_json() for trajectory in desk_trajectories[:15]]
    return wrote_lines(tmp_path_factory.mktemp("labellers") / "t.jsonl", *rows)


@pytest.fixture
def dictionary(tmp_path: Path) -> Path:
    rows = [{"name": name, "description": f"Have {name}.", "archetype": ""} for name in NAMES]
    path = tmp_path / "dictionary.json"
    write_json(path, {"schema": "trace-gym/dictionary", "version": 1, "capabilities": rows})
    return path


def words(server: ModelServer, recorded: Path, dictionary: Path, folder: Path, *more: str) -> list[str]:
    return [
        *("identify", str(recorded), "--labeller", "llm", "--dictionary", str(dictionary), "--endpoint", server.url),
        *("--model", "judge", "--passes", "3", "--cache", str(folder / "answers"), "--out", str(folder / "c.json")),
        *more,
    ]


def test_a_model_labels_and_the_account_is_told(
    server: ModelServer, recorded: Path, dictionary: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = words(server, recorded, dictionary, tmp_path, "--price-in", "10", "--price-out", "100")
    assert main(typed) == 0

    shown = capsys.readouterr()
    told = "45 questions, 0 answered by the cache; 45 requests, 4,500 prompt and 450 completion tokens, cost 0.09"
    assert shown.out.splitlines()[-1] == told
    assert "label" in shown.err
    assert "100%  45/45" in shown.err
    found = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    assert sorted(row["name"] for row in found["capabilities"]) == list(NAMES)
    assert all(len(row["labels_by_run"]) == 3 for row in found["capabilities"])

    # the same again costs nothing
    before = (tmp_path / "c.json").read_bytes()
    assert main(typed) == 0
    told = "45 questions, 45 answered by the cache; 0 requests, 0 prompt and 0 completion tokens, cost 0.00"
    assert capsys.readouterr().out.splitlines()[-1] == told
    assert (tmp_path / "c.json").read_bytes() == before
    assert set(server.times_asked().values()) == {1}


def test_what_could_not_be_used_is_told(
    server: ModelServer, recorded: Path, dictionary: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.judge = lambda text, name, seed: judgement("LACKING", *([] if name == "tact" else [4000]))
    server.instead = lambda body: completion("no") if body["seed"] == 2 else None
    assert main(words(server, recorded, dictionary, tmp_path)) == 0

    lines = capsys.readouterr().out.splitlines()
    assert "15 of 45 answers had not the form that was asked for: NA" in lines
    assert "30 of 60 labels named a message that is not in the transcript: NA" in lines
    assert "30 of 60 labels were LACKING without any evidence: NA" in lines


def test_a_killed_run_goes_on_where_it_was(
    server: ModelServer, recorded: Path, dictionary: Path, tmp_path: Path
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert main(words(server, recorded, dictionary, whole)) == 0
    server.asked.clear()

    server.delay = 0.2
    killed = started(words(server, recorded, dictionary, cut, "--workers", "2"))
    until(lambda: len(answers(cut)) >= 6)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    kept = {path.stem for path in answers(cut)}
    assert 6 <= len(kept) < 45
    assert not (cut / "c.json").exists()
    # requests that were in flight may still arrive
    time.sleep(0.5)

    server.delay = 0.0
    server.asked.clear()
    assert main(words(server, recorded, dictionary, cut)) == 0
    assert len(server.asked) == 45 - len(kept)
    assert set(server.times_asked().values()) == {1}
    assert (cut / "c.json").read_bytes() == (whole / "c.json").read_bytes()
    assert {path.name: path.read_bytes() for path in answers(cut)} == {
        path.name: path.read_bytes() for path in answers(whole)
    }


def started(typed: list[str]) -> subprocess.Popen[bytes]:
    code = "import sys; from trace_gym.cli.main import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.Popen([sys.executable, "-c", code, *typed], stderr=subprocess.DEVNULL, env=dict(os.environ))


def until(is_so: Any, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def answers(folder: Path) -> list[Path]:
    return sorted((folder / "answers").glob("*/*.json"))


def test_the_file_does_not_depend_on_the_number_of_workers(
    server: ModelServer, recorded: Path, dictionary: Path, tmp_path: Path
) -> None:
    for workers in ("1", "8"):
        typed = words(server, recorded, dictionary, tmp_path / workers, "--workers", workers)
        assert main(typed) == 0

    assert (tmp_path / "1" / "c.json").read_bytes() == (tmp_path / "8" / "c.json").read_bytes()


def test_an_endpoint_that_goes_down_is_one_sentence_and_loses_nothing(
    server: ModelServer, recorded: Path, dictionary: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.instead = lambda body: (401, "text/plain", b"no credit left") if len(server.asked) > 20 else None
    said = refusal(capsys, *words(server, recorded, dictionary, tmp_path))
    assert f"status 401: no credit left; the answers so far are kept in {tmp_path / 'answers'}" in said
    kept = len(answers(tmp_path))
    assert kept >= 15

    server.instead = lambda body: None
    assert main(words(server, recorded, dictionary, tmp_path)) == 0
    assert f"{kept} answered by the cache; {45 - kept} requests" in capsys.readouterr().out


def test_people_label_too(recorded: Path, dictionary: Path, tmp_path: Path) -> None:
    rows = []
    for line in recorded.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        key = {name: record[name] for name in ("env_id", "task_id", "trial")}
        rows.append({**key, "capability": "tact", "label": "PRESENT" if record["success"] else "LACKING"})
    path = wrote_lines(tmp_path / "a.jsonl", *rows)
    typed = ["identify", str(recorded), "--labeller", "human", "--annotations", str(path)]
    assert main([*typed, "--dictionary", str(dictionary), "--out", str(tmp_path / "c.json")]) == 0

    (row,) = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))["capabilities"]
    assert (row["name"], row["labeller"], row["description"]) == ("tact", "human", "Have tact.")
    assert "-" not in row["labels"]


TYPED = """
--labeller llm => --labeller llm needs --dictionary FILE; make one with `trace-gym discover`.
--labeller llm --dictionary DICT => A language model needs --endpoint URL and --model NAME.
--labeller llm --dictionary DICT --endpoint http://x => A language model needs --endpoint URL and --model NAME.
--labeller llm --dictionary DICT --endpoint http://x --model m --passes 0 => --passes must be >= 1, got 0.
--labeller llm --dictionary DICT --endpoint http://x --model m --workers 0 => --workers must be >= 1, got 0.
--labeller llm --dictionary DICT --endpoint http://x --model m --timeout 0 => --timeout must be >= 1, got 0.0.
--labeller llm --dictionary DICT --endpoint http://x --model m --max-chars 9 => --max-chars must be >= 2000, got 9.
--labeller llm --dictionary DICT --endpoint http://x --model m --temperature nan => --temperature must be >= 0, got nan.
--labeller llm --dictionary DICT --endpoint http://x --model m --price-in -1 => --price-in must be >= 0, got -1.0.
--labeller llm --dictionary GONE --endpoint http://x --model m => GONE: no such file
--labeller human => --labeller human needs --annotations FILE, JSONL (docs/labelling.md).
--labeller human --annotations GONE => GONE: no such file; give a file of annotations (.jsonl).
--labeller human --annotations DICT => DICT: line 1, column 2
--annotations DICT => --annotations is for --labeller human, got --labeller best.
--labeller repair --dictionary DICT => --dictionary is for --labeller llm or human, got --labeller repair.
--labeller human --endpoint http://x => --endpoint is for --labeller llm, got --labeller human.
--model m => --model is for --labeller llm, got --labeller best.
"""
REFUSED = [line.split(" => ") for line in TYPED.strip().splitlines()]


@pytest.mark.parametrize(("typed", "sentence"), REFUSED, ids=[typed for typed, _ in REFUSED])
def test_a_command_that_cannot_be_done_says_why(
    typed: str, sentence: str, recorded: Path, dictionary: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"DICT": str(dictionary), "GONE": str(tmp_path / "gone.json")}
    given = [places.get(word, word) for word in typed.split()]
    expected = sentence.replace("DICT", places["DICT"]).replace("GONE", places["GONE"])

    assert expected in refusal(capsys, "identify", recorded, "--out", tmp_path / "c.json", *given)
    assert [path.name for path in tmp_path.iterdir()] == ["dictionary.json"]


def discover_words(server: ModelServer, recorded: Path, folder: Path) -> list[str]:
    return [
        *("discover", str(recorded), "--endpoint", server.url, "--model", "judge", "--cache", str(folder / "answers")),
        *("--out", str(folder / "found.json"), "--price-in", "1000"),
    ]


def test_discovery_writes_a_dictionary_that_labelling_takes(
    server: ModelServer, recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"name": "looking", "description": "Look\x1b[2J.", "occasion": "Always.", "archetype": "precondition_check"},
        {"name": "tact", "description": "Stay polite.", "occasion": "", "archetype": ""},
    ]
    server.instead = lambda body: completion(json.dumps({"capabilities": rows}))
    assert main(discover_words(server, recorded, tmp_path)) == 0

    shown = capsys.readouterr().out
    assert "tact: Stay polite.\n    archetype: none fits\n" in shown
    assert shown.endswith("1 requests, 100 prompt and 10 completion tokens, cost 0.10\n")
    assert "\x1b" not in shown
    content = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert content == {"schema": "trace-gym/dictionary", "version": 1, "capabilities": rows}
    # the archetypes are told with what they train
    assert "- multi_step: Do the same write for several records." in server.asked[0]["messages"][1]["content"]

    server.instead = lambda body: None
    assert main(words(server, recorded, tmp_path / "found.json", tmp_path)) == 0


def test_a_dictionary_is_never_written_over(
    server: ModelServer, recorded: Path, dictionary: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = dictionary.read_bytes()
    said = refusal(capsys, *discover_words(server, recorded, tmp_path), "--out", dictionary)

    assert said == f"{dictionary}: is there already, and people edit dictionaries; choose another --out."
    assert (dictionary.read_bytes(), server.asked) == (before, [])


@pytest.mark.parametrize("option", ["--failed", "--passed"])
def test_discovery_needs_episodes_of_both_kinds(
    option: str, server: ModelServer, recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refusal(capsys, *discover_words(server, recorded, tmp_path), option, 0)

    assert said == f"{option} must be >= 1, got 0."


def test_discovery_at_an_endpoint_that_refuses_is_one_sentence(
    server: ModelServer, recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.instead = lambda body: (404, "text/plain", b"no such model")

    assert "status 404: no such model" in refusal(capsys, *discover_words(server, recorded, tmp_path))
    assert list(tmp_path.iterdir()) == []
