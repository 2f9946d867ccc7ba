"""`trace-gym rollout`: what it records, continues and reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from chat_server import Answer, ChatServer

from trace_gym.cli.main import main
from trace_gym.env.tool_env import ToolEnv

from .said import refusal


def rollout(out: Path, *arguments: str) -> int:
    return main(["rollout", "--tasks", "2", "--out", str(out), *arguments])


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def farewell(_: dict[str, Any]) -> Answer:
    message = {"role": "assistant", "content": "Goodbye."}
    return 200, "application/json", json.dumps({"choices": [{"message": message}]}).encode()


def test_every_attempt_at_every_task_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "t.jsonl"
    assert rollout(out, "--policy", "oracle", "--trials", "2") == 0
    attempts = [(record["task_id"], record["trial"]) for record in records(out)]
    assert len(set(attempts)) == len(attempts) == 4
    assert [trial for _, trial in attempts] == [0, 1, 0, 1]
    assert capsys.readouterr().out == f"{out}: 4 episodes, 100.0% solved\n"


def test_the_same_command_again_changes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "t.jsonl"
    rollout(out, "--policy", "oracle")
    before = out.read_bytes()
    assert rollout(out, "--policy", "oracle") == 0
    assert out.read_bytes() == before


def test_broken_episodes_are_counted_in_the_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def collapsing(self: ToolEnv, action: str) -> Any:
        raise RuntimeError("the bottom fell out")

    monkeypatch.setattr(ToolEnv, "step", collapsing)
    out = tmp_path / "t.jsonl"
    assert rollout(out, "--policy", "silent") == 0
    assert capsys.readouterr().out == f"{out}: 2 episodes, 0.0% solved, 2 broken\n"


def test_a_scripted_policy_has_no_sampling_settings(tmp_path: Path) -> None:
    out = tmp_path / "t.jsonl"
    rollout(out, "--policy", "silent", "--temperature", "0.5")
    assert [record["settings"] for record in records(out)] == [{"difficulty": 1}] * 2


def test_an_endpoint_records_its_sampling_but_no_context_limit(tmp_path: Path) -> None:
    server = ChatServer(farewell)
    out = tmp_path / "t.jsonl"
    try:
        assert rollout(out, "--model", "m", "--base-url", server.url, "--temperature", "0.5") == 0
    finally:
        server.close()

    settings = {"temperature": 0.5, "max_new_tokens": 256, "difficulty": 1}
    assert [record["settings"] for record in records(out)] == [settings] * 2
    assert {body["temperature"] for body in server.asked} == {0.5}


def test_a_file_of_other_settings_is_not_continued(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "t.jsonl"
    rollout(out, "--policy", "silent")
    before = out.read_bytes()
    assert rollout(out, "--policy", "silent", "--difficulty", "2") == 1
    assert "difficulty" in capsys.readouterr().err
    assert out.read_bytes() == before


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/v1", "no url"])
def test_an_endpoint_that_cannot_be_reached_is_named_with_the_model(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # the further tries come at once
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    said = refusal(capsys, "rollout", "--model", "m✈", "--base-url", url, "--out", tmp_path / "t.jsonl")
    assert said.startswith(f"The endpoint {url}/chat/completions, asked for model 'm✈', cannot be reached (")


def test_the_same_seed_writes_the_same_file_whatever_the_batch(tmp_path: Path) -> None:
    written = []
    for batch in ("1", "3", "64"):
        out = tmp_path / f"{batch}.jsonl"
        assert rollout(out, "--policy", "random", "--tasks", "7", "--batch", batch, "--seed", "5") == 0
        written.append(out.read_bytes())
    assert written[0] == written[1] == written[2]
