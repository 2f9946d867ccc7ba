"""Command lines that cannot be done, and the one sentence that says why; nothing is written."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from trace_gym.trajectories.record import Trajectory

from ..helpers import DESK
from ..trajectories.samples.files import wrote_lines
from .said import refusal

TYPED = """
identify FEW --out OUT --runs 0 => --seed must be >= 0 and --runs >= 1, got 0 and 0.
identify FEW --out OUT --seed -1 => --seed must be >= 0 and --runs >= 1, got -1 and 10.
identify FEW --out OUT --needed 11 => --needed must be 1 to 10, the number of --runs, got 11.
identify FEW --out OUT --needed 0 => --needed must be 1 to 10, the number of --runs, got 0.
identify FEW --out OUT --runs 3 => --needed must be 1 to 3, the number of --runs, got 8.
identify FEW --out OUT --coverage nan => --coverage must be a finite number, got nan.
identify FEW --out OUT --delta inf => --delta must be a finite number, got inf.
identify OUT --out OUT => OUT: no such file
rollout --policy silent --out OUT --temperature nan => --temperature must be >= 0, got nan.
rollout --policy silent --out OUT --temperature inf => --temperature must be >= 0, got inf.
rollout --policy silent --out OUT --temperature -0.5 => --temperature must be >= 0, got -0.5.
rollout --policy silent --out OUT --max-new-tokens 0 => --max-new-tokens must be >= 1, got 0.
rollout --policy silent --out OUT --max-context -1 => --max-context must be >= 1, got -1.
rollout --policy silent --out OUT --env-arg colour=red => unexpected keyword argument 'colour'
rollout --policy silent --out OUT/a/.. --env zzz => Unknown environment id 'zzz'
play --env-arg colour=red => unexpected keyword argument 'colour'
play --env-arg split=mine => --env-arg split=mine is not taken; use --split mine.
play --env-arg colour => --env-arg must be NAME=VALUE, such as category=base, got 'colour'.
play --difficulty 0 => difficulty must be 1 to 3, got 0.
play --env no_such_module:a/B-v0 => no_such_module
check DESK --only weather => Unknown check 'weather'; choose from solution.gold, gymnasium.check_env
check DESK --only schemas => Unknown check 'schemas'; choose from solution.gold
check DESK --only '' => Unknown check ''; choose from solution.gold
check DESK --tasks 1 => At least 2 tasks must be looked at, got 1.
check DESK --tasks -5 => At least 2 tasks must be looked at, got -5.
check trace/ServiceDsk-v0 => did you mean 'trace/ServiceDesk-v0'?
check CartPole-v1 => 'CartPole-v1' is a CartPoleEnv, not a trace_gym.ToolEnv.
check DESK --envs no/such/folder => no/such/folder: holds no emitted environment
regrade FEW OUT --json => OUT: no such file
regrade FEW --envs no/such/folder => no/such/folder: holds no emitted environment
replay FEW --envs no/such/folder => no/such/folder: holds no emitted environment
replay OUT => OUT: no such file
show OUT => OUT: no such file
import OUT --out OUT => OUT: no such file
import FEW => `trace-gym import` needs --out FILE, --hf DIR, or both.
import FEW --out FEW => is also read from; choose another --out.
export FEW --out OUT.eval => give --inspect, the only one so far.
export OUT --inspect --out FEW => is no folder, and an Inspect log is named *.eval; choose another --out.
synthesize => `trace-gym synthesize` needs a trajectories file and its capabilities.json, or --check DIR.
synthesize FEW => needs a trajectories file and its capabilities.json
synthesize FEW OUT --synthesizer zzz => Unknown synthesizer 'zzz'; expected one of auto, logs, cases.
synthesize FEW OUT => OUT: no such file
new 'My Lights' => The name 'My Lights' must be lower-case words joined by '-' or '_', such as my-lights.
new '' => The name '' must be lower-case words
"""
REFUSED = [line.split(" => ") for line in TYPED.strip().splitlines()]


@pytest.fixture(scope="module")
def few(desk_trajectories: list[Trajectory], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of two good trajectories."""
    rows = [trajectory.to_json() for trajectory in desk_trajectories[:2]]
    return wrote_lines(tmp_path_factory.mktemp("few") / "t.jsonl", *rows)


@pytest.mark.parametrize(("typed", "sentence"), REFUSED, ids=[typed for typed, _ in REFUSED])
def test_a_command_that_cannot_be_done_says_why_and_writes_nothing(
    typed: str,
    sentence: str,
    few: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    places = {"FEW": str(few), "OUT": str(tmp_path / "out"), "DESK": DESK}
    words = [places.get(word, word) for word in shlex.split(typed)]
    before = few.read_bytes()

    assert sentence.replace("OUT", places["OUT"]) in refusal(capsys, *words)
    assert list(tmp_path.iterdir()) == []
    assert few.read_bytes() == before
