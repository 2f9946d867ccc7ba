"""`trace-gym show`: the table, single trajectories, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from trace_gym.cli.main import main

from ..helpers import Talk
from ..trajectories.expected import EXPECTED
from ..trajectories.samples import NATIVE, WRITERS
from ..trajectories.samples.bfcl import BFCL, BFCL_SCORES
from ..trajectories.samples.chats import CHAT
from ..trajectories.samples.files import wrote, wrote_lines


def show(*arguments: object) -> int:
    return main(["show", *(str(argument) for argument in arguments)])


@pytest.fixture
def native(tmp_path: Path) -> Path:
    return wrote_lines(tmp_path / "t.jsonl", *(t.to_json() for t in NATIVE))


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """One trajectory with long texts."""
    talk = Talk("word " * 200).call("look", "x" * 5000, a="y" * 900).say("Done. " * 200)
    return wrote_lines(tmp_path / "long.jsonl", talk.trajectory().to_json())


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_is_listed(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = WRITERS[name](tmp_path)
    assert show(path) == 0
    shown = capsys.readouterr().out
    for trajectory in EXPECTED[name]:
        assert trajectory.env_id in shown
        assert trajectory.task_id in shown
    assert show(path, "--all") == 0
    shown = capsys.readouterr().out
    assert shown.count("#") >= len(EXPECTED[name])
    for message in (m for t in EXPECTED[name] for m in t.messages):
        for call in message.get("tool_calls") or []:
            assert f"-> {call['function']['name']}(" in shown


def test_the_table_has_a_line_for_each(native: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(native) == 0
    header, _, *lines = capsys.readouterr().out.splitlines()
    wanted = ["#", "env", "task", "trial", "model", "reward", "solved", "messages", "calls", "errors", "ended"]
    assert header.split() == wanted
    assert [line.split() for line in lines] == [
        ["0", "test/Talk", "1", "0", "-", "1", "yes", "5", "1", "0", "-"],
        ["1", "test/Talk", "1", "1", "-", "0", "no", "4", "1", "1", "-"],
        ["2", "test/Talk", "2", "0", "m", "0", "no", "2", "0", "0", "user_stop"],
    ]


def test_one_that_is_alone_is_shown_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(wrote_lines(tmp_path / "c.jsonl", CHAT[0])) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[0] == "chat/c  task 7  trial 0"
    assert "reward 1, solved  model m" in shown
    assert "-> look(a=[1])" in shown
    assert "[3] tool look ERROR\n  Error: no" in shown
    assert '(reasoning: "Hmm.")' in shown


def test_an_index_shows_that_one(native: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(native, "--index", 1) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("#1  test/Talk  task 1  trial 1\n")
    # the lone surrogate and the line separator are spelled out
    assert "Hi ✈ \\u2028 \\ud83d" in shown
    assert shown.count("test/Talk") == 1


def test_a_task_shows_all_its_attempts(native: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(native, "--task", 1) == 0
    shown = capsys.readouterr().out
    assert [line.split("  ")[0] for line in shown.splitlines() if "test/Talk" in line] == ["#0", "#1"]


def test_all_shows_every_one(native: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(native, "--all") == 0
    assert capsys.readouterr().out.count("test/Talk") == 3


def test_results_are_shortened_unless_full(long: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(long) == 0
    shown = capsys.readouterr().out
    assert shown.count("x") < 700
    assert "… 4,400 more characters (--full)" in shown
    # what was said and called is never shortened
    assert shown.count("Done.") == 200
    assert shown.count("y") >= 900
    assert show(long, "--full") == 0
    shown = capsys.readouterr().out
    assert shown.count("x") >= 5000
    assert "--full" not in shown


@pytest.mark.parametrize("width", [40, 77, 200])
def test_lines_are_as_wide_as_asked(width: int, long: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(long, "--full", "--width", width) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    assert max(map(len, lines)) > width - 10


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--index", 3], "--index must be 0 to 2, got 3"),
        (["--index", -1], "--index must be >= 0, got -1"),
        (["--task", "9"], "none of 3 trajectories is at task '9'; without --task their tasks are listed"),
        (["--width", 39], "--width must be >= 40, got 39"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    arguments: list[object], said: str, native: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show(native, *arguments) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_missing_file_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(tmp_path / "none.jsonl") == 1
    assert "none.jsonl: no such file" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [(), ("--all",), ("--task", "1"), ("--index", "1")])
def test_bad_episodes_are_told_and_end_with_three(
    arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [NATIVE[0].to_json(), "{", NATIVE[1].to_json()]
    path = wrote_lines(tmp_path / "t.jsonl", *rows)
    assert show(path, *arguments) == 3
    shown = capsys.readouterr()
    assert shown.err.startswith(f"bad: {path}: line 2, column 2: ")
    assert "test/Talk" in shown.out


def test_nothing_good_ends_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = wrote(tmp_path / "t.json", {"some": "json"})
    assert show(path) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"bad: {path}: no known trajectory format")
    assert error.endswith(f"trace-gym: {path}: holds no trajectory that can be shown.\n")


def test_a_folder_is_shown_as_one(native: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrote_lines(tmp_path / "u.jsonl", CHAT[2] | {"id": "last"})
    wrote(tmp_path / "z.json", {"some": "json"})
    assert show(tmp_path) == 0
    lines = capsys.readouterr().out.splitlines()[2:]
    assert [line.split()[0] for line in lines] == ["0", "1", "2", "3"]
    assert show(tmp_path, "--index", 3) == 0
    assert capsys.readouterr().out.startswith("#3  chat/u  task last")


def test_options_reach_the_readers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results, scores = wrote_lines(tmp_path / "r.json", *BFCL), wrote_lines(tmp_path / "s.json", *BFCL_SCORES)
    assert show(results) == 1
    assert show(results, "--format", "bfcl", "--scores", scores, "--index", 0) == 0
    assert show(wrote_lines(tmp_path / "c.jsonl", CHAT[0] | {"quality": 0.75}), "--reward", "quality") == 0
    assert "reward 0.75, not solved" in capsys.readouterr().out


def test_what_a_file_holds_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steering = "\x1b[2J\u202e\x9b1m"
    talk = Talk(steering).call("look", steering, error=True, a=steering).say(steering)
    fields = {"task_id": steering, "policy": steering, "termination": steering, "error": steering, "split": steering}
    rows = [talk.trajectory(**fields).to_json()] * 2
    path = wrote_lines(tmp_path / "t.jsonl", *rows)
    for arguments in ((), ("--all",)):
        assert show(path, *arguments) == 0
        shown = capsys.readouterr().out
        assert "\\x1b[2J" in shown
        assert not any(character in shown for character in steering if not character.isprintable())


def test_colours_are_for_terminals_only(
    native: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert show(native, "--index", 1) == 0
    assert "\x1b" not in capsys.readouterr().out
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert show(native, "--index", 1) == 0
    assert "\x1b[31m[3] tool get_order" not in (shown := capsys.readouterr().out)
    assert "\x1b[31m[3] tool cancel ERROR\x1b[0m" in shown
    monkeypatch.setenv("NO_COLOR", "1")
    assert show(native, "--index", 1) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_a_reader_that_has_seen_enough_ends_it_quietly(tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "t.jsonl", *([NATIVE[0].to_json()] * 2000))
    shown = subprocess.Popen(
        [sys.executable, "-m", "trace_gym.cli.main", "show", str(path), "--all"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    )
    assert shown.stdout is not None
    assert shown.stderr is not None
    with shown.stdout, shown.stderr:
        assert shown.stdout.readline().startswith(b"#0  test/Talk")
        shown.stdout.close()
        assert shown.stderr.read() == b""
    assert shown.wait() == 0
