"""A real model behind a real OpenAI-compatible server: as the agent, and as tau2's user."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from trace_trainers.tiny_agent import CHECKPOINT

from trace_gym import UserError, make_env
from trace_gym.cli.main import main

pytest.importorskip("uvicorn", reason="no uvicorn: pip install 'trace-gym[serve]'")
pytest.importorskip("fastapi", reason="no fastapi: pip install 'trace-gym[serve]'")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The bundled agent behind `transformers serve`: base URL and the model's name there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("served") / "log"
    command = [
        Path(sys.executable).with_name("transformers"),
        "serve",
        CHECKPOINT,
        "--device",
        "cpu",
        "--port",
        str(port),
    ]
    with log.open("w") as stream:
        server = subprocess.Popen(
            list(map(str, command)), stdout=stream, stderr=stream, env={**os.environ, "OMP_NUM_THREADS": "1"}
        )
        try:
            _wait(f"http://localhost:{port}/health", server, log)
            yield f"http://localhost:{port}/v1", str(CHECKPOINT)
        finally:
            server.terminate()
            server.wait(30)


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(log.read_text())


def test_a_served_agent_plays_as_the_same_model_does_in_process(served: tuple[str, str], tmp_path: Path):
    url, model = served
    common = ["--tasks", "12", "--split", "evaluate", "--temperature", "0", "--max-new-tokens", "64"]
    assert main(["rollout", "--model", model, "--base-url", url, "--out", str(tmp_path / "http.jsonl"), *common]) == 0
    assert main(["rollout", "--model", "tiny", "--out", str(tmp_path / "here.jsonl"), *common]) == 0
    rewards = [
        [json.loads(line)["reward"] for line in (tmp_path / name).read_text().splitlines()]
        for name in ("http.jsonl", "here.jsonl")
    ]
    assert rewards[0] == rewards[1]
    assert any(rewards[0])


def test_a_served_model_plays_the_user(served: tuple[str, str]):
    url, model = served
    try:
        env = make_env("trace/Tau2Airline-v0", user_model=model, user_base_url=url)
    except UserError as error:
        pytest.skip(str(error))
    conversations = []
    for _ in range(2):
        env.reset(options={"index": 0})
        env.step("May I have your user id?")
        conversations.append([(m["role"], m["content"]) for m in env.episode.messages])
    assert conversations[0] == conversations[1]
    assert [role for role, _ in conversations[0]] == ["system", "assistant", "user", "assistant", "user"]
    assert all(isinstance(text, str) for _, text in conversations[0])
