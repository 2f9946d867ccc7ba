"""GEPA on an agent that reads prompts, with a server that reflects: its budget, its record, and a failure."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from trace_trainers.baselines import gepa as method
from trace_trainers.baselines import gepa_calls
from trace_trainers.baselines.lab import Lab, Rules
from trace_trainers.baselines.pool import Pool
from trace_trainers.baselines.reflection import Reflection
from trace_trainers.baselines.spending import Spending

from tests.chat_server import ChatServer
from trace_gym.errors import UserError
from trace_gym.rollouts.sampling_params import SamplingParams

pytest.importorskip("gepa", reason="the gepa extra is not installed")
pytest.importorskip("openai", reason="the openai extra is not installed")

DESK = "trace/ServiceDesk-v0"
BUDGET = 40
SHORT = SamplingParams(temperature=1.0, max_new_tokens=12, max_context=320)


def answered(body: dict[str, Any]) -> tuple[int, str, bytes]:
    answer = {"choices": [{"message": {"role": "assistant", "content": "```\nRead first, and say what you did.\n```"}}]}
    return 200, "application/json", json.dumps(answer).encode()


@pytest.fixture
def server() -> Any:
    server = ChatServer(answered)
    yield server
    server.close()


def a_lab(root: Path, model: Path) -> Lab:
    rules = Rules(DESK, budget=BUDGET, shares=(50, 100), choosing=SHORT, params=SHORT, validation=8)
    folder = root / "cell"
    return Lab(rules, root, folder, root, Pool((0, 1, 2), (3,)), str(model), spending=Spending(root))


def settings(url: str) -> dict[str, Any]:
    return {**method.METHOD.settings, "reflection_model": "m", "reflection_url": url}


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_it_stays_within_the_budget_and_evolves_texts_by_what_the_server_says(
    tmp_path: Path, prompt_reader: Path, server: ChatServer
) -> None:
    lab = a_lab(tmp_path, prompt_reader)
    agent = method.make_agent(lab, settings(server.url), 100, SHORT)

    calls = (tmp_path / "cell/gepa/minibatch-3/metric_calls.jsonl").read_text().count("\n")
    assert agent.budget.total == calls <= BUDGET
    # the first text's validation, and at least one round of change
    assert calls > 8 + 3
    assert lab.spending.files == {"metric calls": "cell/gepa/minibatch-3/metric_calls.jsonl"}
    texts = json.loads((tmp_path / "cell/gepa/minibatch-3/texts.json").read_text())
    assert texts[0]["metric_calls"] == 0
    # what is reflected on says what the reward was
    assert "The reward is" in str(server.asked[0]["messages"])
    at_half = method.make_agent(lab, settings(server.url), 50, SHORT)
    assert at_half.budget.total == min(calls, BUDGET // 2)


def test_a_run_that_broke_off_plays_no_episode_twice_and_asks_nothing_twice(
    tmp_path: Path, prompt_reader: Path, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    method.make_agent(a_lab(tmp_path / "whole", prompt_reader), settings(server.url), 100, SHORT)
    played: list[int] = []
    play = gepa_calls.play_batch

    def counted(envs: Any, policy: Any, jobs: Any, **more: Any) -> Any:
        if sum(played) >= 11 and not (tmp_path / "again").exists():
            raise KeyboardInterrupt
        played.append(len(jobs))
        return play(envs, policy, jobs, **more)

    monkeypatch.setattr(gepa_calls, "play_batch", counted)
    lab = a_lab(tmp_path / "cut", prompt_reader)
    with pytest.raises(KeyboardInterrupt):
        method.make_agent(lab, settings(server.url), 100, SHORT)
    (tmp_path / "again").mkdir()
    method.make_agent(lab, settings(server.url), 100, SHORT)

    assert files(tmp_path / "cut") == files(tmp_path / "whole")
    total = (tmp_path / "cut/cell/gepa/minibatch-3/metric_calls.jsonl").read_text().count("\n")
    assert sum(played) == total
    answers = (tmp_path / "cut/cell/gepa/minibatch-3/reflections.jsonl").read_text().count("\n")
    assert len(server.asked) == 2 * answers


def test_a_server_that_dies_is_told_in_one_sentence(tmp_path: Path, prompt_reader: Path) -> None:
    dying = ChatServer(lambda body: (404, "application/json", b'{"error": "gone"}'))
    try:
        with pytest.raises(UserError, match="answered with status 404") as caught:
            method.make_agent(a_lab(tmp_path, prompt_reader), settings(dying.url), 100, SHORT)
    finally:
        dying.close()
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "cell/gepa/minibatch-3/texts.json").exists()


def test_a_budget_that_suffices_for_no_change_is_refused(tmp_path: Path, prompt_reader: Path) -> None:
    lab = a_lab(tmp_path, prompt_reader)
    lab = replace(lab, rules=replace(lab.rules, budget=20))
    with pytest.raises(UserError, match="too small for GEPA"):
        method.make_agent(lab, settings("http://127.0.0.1:9/v1"), 100, SHORT)


def test_answers_are_repeated_from_the_file_as_long_as_the_prompts_are_the_same(
    tmp_path: Path, tiny: Any, server: ChatServer
) -> None:
    from trace_trainers.policies.adapters import AdapterBank

    bank, path = AdapterBank(*tiny), tmp_path / "reflections.jsonl"
    for prompts, asked in ((["a", "b"], 2), (["a", "b"], 2), (["a", "c"], 3)):
        reflect = Reflection(settings(server.url), bank, path)
        assert all("Read first" in reflect(prompt) for prompt in prompts)
        assert len(server.asked) == asked
