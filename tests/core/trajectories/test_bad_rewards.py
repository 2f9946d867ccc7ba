"""Rewards, messages and scores that are missing or of another kind are named; nothing is guessed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from trace_gym.trajectories.readers import iter_episodes
from trace_gym.trajectories.readers.reader import Options

from .expected import EXPECTED
from .reading import read, refused
from .samples.agentdojo import AGENTDOJO
from .samples.bfcl import BFCL, BFCL_RESULT, BFCL_SCORES
from .samples.chats import CHAT
from .samples.files import wrote, wrote_lines
from .samples.inspect_logs import INSPECT, inspect_sample
from .samples.taus import TAU1, TAU2
from .samples.toolsandbox import TOOLSANDBOX, wrote_toolsandbox

MISSING: Sequence[tuple[str, Any, str]] = [
    ("tau1", [{k: v for k, v in TAU1[0].items() if k != "reward"}], "episode 0: has no 'reward'"),
    ("tau1", [TAU1[0] | {"reward": None}], "episode 0: reward is None, expected a number"),
    ("tau1", [TAU1[0] | {"reward": "1.0"}], "episode 0: reward is '1.0', expected a number"),
    ("tau1", [TAU1[0] | {"reward": float("nan")}], "episode 0: reward is nan, expected a number"),
    ("tau1", [TAU1[0] | {"reward": 10**400}], "episode 0: reward is 1000"),
    (
        "tau2",
        TAU2 | {"simulations": [TAU2["simulations"][0] | {"reward_info": None}]},
        "simulation 0: reward_info holds no reward; was it evaluated?",
    ),
    (
        "tau2",
        TAU2 | {"simulations": [TAU2["simulations"][0] | {"reward_info": {"reward": None}}]},
        "simulation 0: reward_info.reward is None, expected a number",
    ),
    ("agentdojo", AGENTDOJO | {"utility": None}, "has no `utility`, its reward; the task was not played to its end"),
    ("inspect", INSPECT | {"samples": [inspect_sample(scores={})]}, "sample 0: has no scores; was it scored?"),
    (
        "inspect",
        INSPECT | {"samples": [inspect_sample(value="maybe")]},
        "sample 0: the score 'includes' is 'maybe', expected a number or a grade (C, P, I, N)",
    ),
    ("chat", [{"messages": []}], "episode 0: has no reward: expected a number in reward or score or success"),
    ("chat", [{"messages": [], "reward": "good"}], "episode 0: reward is 'good', expected a number"),
    ("chat", [{"messages": [], "reward": [1]}], "episode 0: reward is [1], expected a number"),
]


@pytest.mark.parametrize(("name", "value", "said"), MISSING)
def test_a_missing_reward_is_named(name: str, value: Any, said: str, tmp_path: Path) -> None:
    assert refused(wrote(tmp_path / "data.json", value), name=name).startswith(said)


def test_a_chosen_column_must_be_there(tmp_path: Path) -> None:
    said = refused(wrote_lines(tmp_path / "c.jsonl", CHAT[0]), options=Options(reward="quality"))
    assert "has no reward: expected a number in quality; --reward names another column" in said


@pytest.mark.parametrize("messages", [None, 3, "x", {"a": 1}, ["x"], [[]]])
@pytest.mark.parametrize("name", ["tau1", "tau2", "agentdojo", "inspect", "chat"])
def test_messages_that_are_none_are_named(name: str, messages: Any, tmp_path: Path) -> None:
    value: Any = {
        "tau1": [TAU1[0] | {"traj": messages}],
        "tau2": TAU2 | {"simulations": [TAU2["simulations"][0] | {"messages": messages}]},
        "agentdojo": AGENTDOJO | {"messages": messages},
        "inspect": INSPECT | {"samples": [inspect_sample(messages=messages)]},
        "chat": [CHAT[0] | {"messages": messages}],
    }[name]
    said = refused(wrote(tmp_path / "data.json", value), name=name)
    assert said.endswith(f"{'traj' if name == 'tau1' else 'messages'} is {messages!r}, expected a list of objects.")


@pytest.mark.parametrize("similarity", [None, "0.5"])
def test_a_scenario_without_similarity_is_named(similarity: Any, tmp_path: Path) -> None:
    run = wrote_toolsandbox(tmp_path)
    first, second = TOOLSANDBOX["per_scenario_results"]
    path = wrote(run / "result_summary.json", {"per_scenario_results": [first | {"similarity": similarity}, second]})
    good, bad = read(path)
    assert good == EXPECTED["toolsandbox"][1:]
    assert bad == [f"scenario 0: similarity is {similarity!r}, expected a number."]


def test_bfcl_without_scores_says_what_to_do(tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / BFCL_RESULT, *BFCL)
    said = refused(path)
    assert "hold no rewards and there is no score file" in said
    assert str(tmp_path / BFCL_RESULT.replace("result", "score")) in said
    assert "run `bfcl evaluate` or name it by --scores" in said


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([BFCL_SCORES[0] | {"total_count": 200}], "holds 3 results, but {scores} scores 200; run `bfcl evaluate` on"),
        ([], "holds 3 results, but {scores} scores 0"),
        ([BFCL_SCORES[1]], "{scores}: line 1: not a line of a BFCL score file"),
        ([BFCL_SCORES[0], {"valid": False}], "{scores}: line 2: not a line of a BFCL score file"),
        ([BFCL_SCORES[0], 3], "{scores}: line 2: not a line of a BFCL score file"),
    ],
)
def test_scores_must_be_of_these_results(rows: list[Any], said: str, tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "r_result.json", *BFCL)
    scores = wrote_lines(tmp_path / "r_score.json", *rows)
    assert refused(path).startswith(said.format(scores=scores))


def test_damaged_scores_are_named_by_their_own_file(tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "r_result.json", *BFCL)
    scores = wrote_lines(tmp_path / "r_score.json", BFCL_SCORES[0], '{"id": ')
    (episode,) = iter_episodes(path)
    assert str(episode).startswith(f"{scores}: line 2, column 8: Expecting value")


def test_a_folder_of_scores_must_hold_one(tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "r_result.json", *BFCL)
    (tmp_path / "s").mkdir()
    assert "holds 0 files r_score.json, expected one; name the file" in refused(
        path, options=Options(scores=tmp_path / "s")
    )


def test_single_turn_bfcl_results_are_refused_one_by_one(tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "r_result.json", BFCL[0], {"id": "simple_0", "result": "[f(x=1)]"})
    wrote_lines(tmp_path / "r_score.json", {"accuracy": 1.0, "total_count": 2})
    good, bad = read(path)
    assert [t.task_id for t in good] == ["multi_turn_base_0"]
    assert bad[0].startswith("line 2: has no inference_log of turns; only BFCL's multi-turn and agentic categories")


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            [{"role": "assistant", "content": "x"}, {"role": "tool", "content": "1"}],
            "a step has 0 calls and 1 results",
        ),
        ([{"role": "tool", "content": "1"}], "a step without the model's response"),
        (
            [
                {"role": "assistant", "content": "x"},
                {"role": "handler_log", "content": "", "model_response_decoded": ["import os"]},
                {"role": "tool", "content": "1"},
            ],
            "the decoded call 'import os' is not a Python call",
        ),
    ],
)
def test_bfcl_steps_that_do_not_fit_are_named(step: list[Any], said: str, tmp_path: Path) -> None:
    turn = {"begin_of_turn_query": [{"role": "user", "content": "Hi"}], "step_0": step}
    path = wrote_lines(tmp_path / "r_result.json", {"id": "multi_turn_base_0", "result": [], "inference_log": [turn]})
    wrote_lines(tmp_path / "r_score.json", {"accuracy": 1.0, "total_count": 1})
    assert refused(path) == f"line 1: {said}."
