"""From planted agents' attempts at the service desk to environments that pass the gate and cannot be cheated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trace_gym import make_env
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import label_corpus
from trace_gym.env.parsing import render_call
from trace_gym.env.tool_env import ToolEnv
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.synthesis.emitter import emit
from trace_gym.synthesis.gate import check_folder
from trace_gym.synthesis.load import make_emitted
from trace_gym.synthesis.synthesizers import synthesizer_named
from trace_gym.synthetic.exercised import is_refused
from trace_gym.testbed.planted import PlantedPolicy

from ...helpers import DESK

NAMES = (
    "multi_step_completion",
    "error_recovery",
    "result_reporting",
    "precondition_verification",
    "structured_selection",
    "argument_grounding",
)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    envs: list[ToolEnv] = [make_env(DESK, split="mine") for _ in range(32)]
    jobs = [Job(index, trial) for index in range(60) for trial in range(4)]
    found = []
    for start in range(0, len(jobs), 32):
        batch = jobs[start : start + 32]
        found += play_batch(envs[: len(batch)], PlantedPolicy(), batch, seed=0, env_id=DESK)
    return Corpus.from_trajectories(found)


@pytest.fixture(scope="module")
def folders(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("cases")
    made = {}
    tables = {table.capability.name: table for table in label_corpus(corpus)}
    for table in map(tables.__getitem__, NAMES):
        folder = emit(synthesizer_named("auto").synthesize(table, corpus), root)
        check_folder(folder, tasks=8)
        made[table.capability.name] = folder
    return made


def env_of(folder: Path, **kwargs: Any) -> ToolEnv:
    return make_emitted(str(folder), **kwargs)


def ends(env: ToolEnv, turns: list[str]) -> tuple[float, dict[str, float]]:
    """Reward and terms of some turns."""
    for turn in turns:
        _, reward, terminated, truncated, info = env.step(turn)
        if terminated or truncated:
            return reward, info["reward_terms"]
    raise AssertionError("the episode goes on")


@pytest.mark.parametrize("name", NAMES)
def test_it_passes_the_gate_and_is_made_of_cases(folders: dict[str, Path], name: str) -> None:
    assert '"synthesizer": "cases"' in (folders[name] / "manifest.json").read_text()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_solution_earns_everything_and_silence_nothing(folders: dict[str, Path], name: str, level: int) -> None:
    env = env_of(folders[name], split="evaluate", difficulty=level)
    for index in range(20):
        env.reset(options={"index": index})
        reward, terms = ends(env, env.oracle())
        assert (reward, terms["conduct"]) == (1.0, 1.0)
        env.reset(options={"index": index})
        assert ends(env, ["Done."])[0] == 0.0


def test_a_look_up_after_a_write_shows_what_was_written(folders: dict[str, Path]) -> None:
    env = env_of(folders["multi_step_completion"])
    shown = 0
    for index in range(20):
        env.reset(options={"index": index})
        for call in env.episode.task.gold_calls:
            record = env.run_call(env.episode, call)
            if record.error or call.name not in ("cancel_order", "return_order", "set_shipping"):
                continue
            order = call.arguments["order_id"]
            after = env.run_call(env.episode, type(call)("get_order", {"order_id": order})).result
            value = call.arguments.get("speed", "cancelled" if call.name == "cancel_order" else "returned")
            assert f'"{value}"' in after
            shown += 1
    assert shown > 5


def test_the_remedy_at_once_recovers_nothing(folders: dict[str, Path]) -> None:
    env = env_of(folders["error_recovery"])
    for index in range(20):
        env.reset(options={"index": index})
        state = env.episode.task.state
        assert state["refusals"]
        turns = []
        for turn in env.episode.task.gold:
            if isinstance(turn, str):
                turns.append(turn)
            elif not is_refused(turn, state):
                turns.append(render_call(turn))
        assert ends(env, turns)[1]["exercised"] == 0.0


def test_a_record_read_out_whole_reports_nothing(folders: dict[str, Path]) -> None:
    env = env_of(folders["result_reporting"])
    for index in range(20):
        env.reset(options={"index": index})
        turns = [render_call(call) for call in env.episode.task.gold_calls]
        said = []
        for call in env.episode.task.gold_calls:
            if call.name == "get_order":
                record = env.episode.task.state["tables"]["get_order"][call.arguments["order_id"]]
                said.append(f"{call.arguments['order_id']}: {', '.join(map(str, record.values()))}.")
        questions = [turn for turn in env.episode.task.gold[:1] if isinstance(turn, str)]
        assert ends(env, [*questions, *turns, " ".join(said)])[1]["exercised"] == 0.0


def test_the_first_of_several_is_worth_nothing(folders: dict[str, Path]) -> None:
    env = env_of(folders["multi_step_completion"])
    for index in range(20):
        env.reset(options={"index": index})
        gold = env.episode.task.gold_calls
        [first, *_] = [call.arguments["order_id"] for call in gold if "order_id" in call.arguments]
        turns = [render_call(call) for call in gold if call.arguments.get("order_id", first) == first]
        assert ends(env, [*turns, "Done."])[1]["exercised"] == 0.0


def test_acting_blindly_verifies_nothing(folders: dict[str, Path]) -> None:
    env = env_of(folders["precondition_verification"])
    for index in range(20):
        env.reset(options={"index": index})
        kinds = env.episode.task.private["kinds"]
        turns = [render_call(call) for call in env.episode.task.gold_calls if kinds[call.name] == "write"]
        reward, terms = ends(env, [*turns, "Done."])
        assert (reward, terms["exercised"]) == (0.0, 0.0)


def test_the_same_corpus_makes_the_same_bytes(corpus: Corpus) -> None:
    table = next(table for table in label_corpus(corpus) if table.capability.name == "error_recovery")
    first, second = (synthesizer_named("cases").synthesize(table, corpus) for _ in range(2))
    assert first.files == second.files
