"""The examples in docs/examples, run as their readers run them; one that needs an absent library is skipped."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .endpoint import SolvingEndpoint

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
ENV = "trace/ServiceDeskErrorRecovery-v0"
PLAIN = "trace/FirstDeskErrorRecovery-v0"
"""Plain tasks of an archetype, which a policy that starts from nothing learns in seconds."""
LONGEST = 30
"""Lines a bridge's example may have; the CleanRL-style file holds a whole algorithm."""


def run(name: str, *arguments: str, needs: tuple[str, ...]) -> str:
    for library in needs:
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{name} needs {library}, which is not installed (docs/examples/README.md)")
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    environment = {**os.environ, "no_proxy": "127.0.0.1", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def rewards(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"mean reward\D*?[\d ]*?episodes ([\d.]+)", text)]


@pytest.fixture
def endpoint() -> Iterator[SolvingEndpoint]:
    made = SolvingEndpoint(ENV, tasks=4)
    yield made
    made.close()


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_examples_are_short(path: Path):
    if path.name != "cleanrl_ppo.py":
        assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST + 10 * ("ppo" in path.name)


@pytest.mark.slow
def test_trl():
    text = run("trl_grpo.py", ENV, "12", needs=("trl",))
    by_step = [float(number) for number in re.search(r"\[(.*)\]", text)[1].split(",")]
    assert len(by_step) == 12
    assert max(by_step[-4:]) > max(by_step[:2])


@pytest.mark.slow
@pytest.mark.parametrize("mask", [(), ("--mask",)], ids=["PPO", "MaskablePPO"])
def test_sb3(mask: tuple[str, ...]):
    text = run("sb3_ppo.py", PLAIN, "4096", *mask, needs=("stable_baselines3", "sb3_contrib"))
    assert rewards(text)[-1] > 0.3  # 0.05 untrained


@pytest.mark.slow
def test_cleanrl():
    found = rewards(run("cleanrl_ppo.py", PLAIN, "10", needs=("torch",)))
    assert len(found) == 10
    assert found[-1] > found[0] + 0.3


@pytest.mark.slow
def test_tianshou():
    found = rewards(run("tianshou_ppo.py", PLAIN, "3", needs=("tianshou",)))
    assert found[-1] > found[0]


@pytest.mark.slow
def test_rllib():
    text = run("rllib_ppo.py", PLAIN, "4", needs=("ray",))
    found = [float(number) for number in re.findall(r"mean reward ([\d.]+)", text)]
    assert found[-1] > found[0]


def test_openai(endpoint: SolvingEndpoint):
    text = run("openai_loop.py", endpoint.url, "solver", ENV, "4", needs=("openai",))
    assert text.splitlines()[-1] == "mean reward 1.00"
    assert endpoint.asked[0]["tools"]


def test_openenv():
    text = run("openenv_serve.py", ENV, needs=("openenv", "uvicorn"))
    assert text.splitlines()[-1] == "done: True reward: 1.0"


@pytest.mark.slow
def test_verifiers(endpoint: SolvingEndpoint, tmp_path: Path):
    if importlib.util.find_spec("verifiers") is None:
        pytest.skip("verifiers_eval.sh needs verifiers, which is not installed (docs/examples/README.md)")
    command = ["sh", str(EXAMPLES / "verifiers_eval.sh"), endpoint.url, "solver", ENV, "4"]
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "OPENAI_API_KEY": "-",
        "no_proxy": "127.0.0.1",
    }
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=900, env=environment, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count('"score": 1.0') >= 4, done.stdout[-3000:]
