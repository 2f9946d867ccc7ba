"""What a run makes of its adapters: the best on validation tasks, saved as files that load."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from trace_trainers.baselines import agents_of
from trace_trainers.baselines.contest import Contest
from trace_trainers.evaluation.budget import Budget
from trace_trainers.pipeline import choose as choosing
from trace_trainers.pipeline import run as loop
from trace_trainers.pipeline.choose import choose
from trace_trainers.pipeline.config import RunConfig, read_config
from trace_trainers.pipeline.grounds import TARGET, Ground, emitted_indices, target_indices
from trace_trainers.pipeline.run_folder import RunFolder
from trace_trainers.pipeline.stages import Play
from trace_trainers.policies import plugin
from trace_trainers.policies.adapters import BASE, AdapterBank, fixed

from trace_gym.cli.main import main
from trace_gym.env.registration import make_env
from trace_gym.env.tool_env import ToolEnv
from trace_gym.files import read_json, write_json

DESK = "trace/ServiceDesk-v0"
MINED = 64
CONFIG = {
    "rollout.tasks": MINED,
    "evaluate.max_new_tokens": 64,
    "choose.tasks": 48,
    "choose.weights": [1.0],
}
TASKS = Ground(TARGET, Play(lambda: make_env(DESK, split="mine"), DESK), range(MINED, MINED + 48))


@pytest.fixture(scope="module")
def halves(tiny: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two adapters, each of which ruins the agent alone; added up they cancel, and leave it as it was."""
    root = tmp_path_factory.mktemp("halves")
    folders = {}
    for name, sign in (("one", 1.0), ("other", -1.0)):
        torch.manual_seed(0)
        lora = LoraConfig(r=2, lora_alpha=16, target_modules=["q_proj", "o_proj"], task_type="CAUSAL_LM")
        model = get_peft_model(copy.deepcopy(tiny[0]), lora)
        for key, parameter in model.named_parameters():
            if "lora_B" in key:
                parameter.data = sign * torch.randn_like(parameter)
        model.save_pretrained(str(root / name))
        fingerprint = AdapterBank(*tiny).fingerprint
        record = {"schema": "trace-gym/adapter", "version": 2, "base_fingerprint": fingerprint, "rollouts": 30}
        write_json(root / name / "trace_adapter.json", record)
        folders[name] = root / name
    return folders


class Scene:
    """A run that has come as far as choosing."""

    def __init__(self, tiny: Any, root: Path, adapters: dict[str, Path], routed: str = BASE, **settings: Any) -> None:
        self.config: RunConfig = read_config(None, {**CONFIG, **settings})
        self.folder = RunFolder(root, self.config)
        bank = AdapterBank(copy.deepcopy(tiny[0]), tiny[1])
        for name, folder in adapters.items():
            place = self.folder.adapters / name
            place.mkdir(parents=True, exist_ok=True)
            for file in folder.iterdir():
                (place / file.name).write_bytes(file.read_bytes())
            bank.load(name, place)
        write_json(self.folder.router, {"schema": "trace-gym/router"})
        training = {name: Budget({f"train {name}": 30}) for name in adapters}
        self.contest = Contest(bank, self.config.evaluate.sampling, fixed(routed), Budget({"mine": MINED}), training)

    def choose(self, grounds: Sequence[Ground] = (TASKS,)) -> Contest:
        return choose(self.config, self.folder, self.contest, grounds, None)


def solved(path: Path) -> int:
    return sum(json.loads(line)["success"] for line in path.read_text().splitlines())


def digests(root: Path) -> dict[str, str]:
    clocks = ("run.log", "train_times.jsonl")
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and path.name not in clocks]
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize(("routed", "chosen"), [("one", "added-up"), (BASE, "routed")])
def test_the_best_on_validation_tasks_is_chosen(
    routed: str, chosen: str, tiny: Any, halves: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = Scene(tiny, tmp_path / "run", halves, routed)
    contest = scene.choose()

    record = read_json(scene.folder.chosen_record)
    counts = {candidate["name"]: candidate["solved"] for candidate in record["candidates"]}
    assert counts == {
        "routed": solved(scene.folder.choice / "routed/target.jsonl"),
        "added-up": solved(scene.folder.choice / "added-up-1/target.jsonl"),
    }
    # the router that picks a ruined adapter loses; one that picks the base draws, and comes first
    assert record["chosen"] == chosen == max(counts, key=lambda name: counts[name])
    assert counts["added-up"] > 0
    assert (counts["routed"] > 0) == (routed == BASE)
    assert record["sentence"] in capsys.readouterr().out

    names = [agent.name for agent in agents_of(contest)]
    assert names[-3:] == ["added-up", f"chosen:{chosen}", "oracle-routed"]
    assert "adapter:added-up" not in names
    budgets = {agent.name: agent.budget.rollouts for agent in agents_of(contest)}
    everything = {"mine": MINED, "train one": 30, "train other": 30}
    assert budgets["routed"] == budgets["added-up"] == everything
    assert budgets[f"chosen:{chosen}"] == {**everything, "choose routed": 48, "choose added-up": 48}


def test_of_several_weights_the_best_takes_part_and_their_choice_is_paid(
    tiny: Any, halves: dict[str, Path], tmp_path: Path
) -> None:
    scene = Scene(tiny, tmp_path / "run", halves, "one", **{"choose.weights": [2.0, 1.0]})
    contest = scene.choose()
    record = read_json(scene.folder.chosen_record)
    best = max(record["candidates"][1:], key=lambda candidate: candidate["solved"])

    assert (record["chosen"], record["weight"]) == ("added-up", best["weight"])
    assert contest.joined["added-up"].rollouts["choose added-up"] == 96
    assert contest.bank.names == ["one", "other", "added-up"]


def test_an_adapter_that_was_chosen_loads(
    tiny: Any, halves: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = Scene(tiny, tmp_path / "run", halves, "one")
    scene.choose()

    policy = plugin.make("tiny", scene.folder.chosen, scene.config.evaluate.sampling)
    assert policy.policy_id == "tiny"
    out = tmp_path / "evaluation.json"
    assert main(["evaluate", "--adapters", str(scene.folder.chosen), "--tasks", "4", "--out", str(out)]) == 0
    assert set(read_json(out)["agents"]) == {"base", "adapter:chosen", "oracle-routed"}
    capsys.readouterr()


def test_with_one_adapter_nothing_is_to_be_chosen(
    tiny: Any, halves: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = Scene(tiny, tmp_path / "run", {"one": halves["one"]})
    contest = scene.choose()

    assert "with one adapter nothing is to be chosen" in capsys.readouterr().out
    assert contest == scene.contest
    assert not scene.folder.choice.exists()
    assert read_json(scene.folder.chosen_record)["chosen"] == "adapter:one"
    weights = "adapter_model.safetensors"
    assert (scene.folder.chosen / weights).read_bytes() == (halves["one"] / weights).read_bytes()


@pytest.mark.parametrize(
    ("settings", "grounds", "words"),
    [
        ({"choose.weights": []}, (TASKS,), "there is no other candidate"),
        ({}, (), "there are no validation tasks"),
    ],
)
def test_where_nothing_can_be_compared_the_router_is_taken_and_nothing_is_played(
    settings: dict[str, Any], grounds: Sequence[Ground], words: str, tiny: Any, halves: dict[str, Path], tmp_path: Path
) -> None:
    scene = Scene(tiny, tmp_path / "run", halves, **settings)
    scene.choose(grounds)

    record = read_json(scene.folder.chosen_record)
    assert (record["chosen"], record["kind"]) == ("routed", "router")
    assert words in record["sentence"]
    assert not scene.folder.choice.exists()
    assert sorted(path.name for path in (scene.folder.chosen / "adapters").iterdir()) == ["one", "other"]


@pytest.mark.slow
@pytest.mark.parametrize("place", ["added_up", "play", "write_json"])
def test_killed_while_choosing_it_ends_with_the_same_files(
    place: str, tiny: Any, halves: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Scene(tiny, tmp_path / "whole", halves, "one").choose()

    original = getattr(choosing, place)
    calls = []

    def killed(*args: Any, **more: Any) -> Any:
        calls.append(args)
        # the second play: the first candidate is done; before the record of all, chosen/ is there
        if place != "play" or len(calls) == 2:
            raise KeyboardInterrupt
        return original(*args, **more)

    monkeypatch.setattr(choosing, place, killed)
    with pytest.raises(KeyboardInterrupt):
        Scene(tiny, tmp_path / "killed", halves, "one").choose()
    monkeypatch.setattr(choosing, place, original)
    Scene(tiny, tmp_path / "killed", halves, "one").choose()
    assert digests(tmp_path / "killed") == digests(tmp_path / "whole")

    # and a finished choice is not made again
    Scene(tiny, tmp_path / "killed", halves, "one").choose()
    assert digests(tmp_path / "killed") == digests(tmp_path / "whole")


def test_validation_tasks_are_behind_the_mined_and_the_trained_ones() -> None:
    endless, finite = make_env(DESK, split="mine"), SimpleNamespace(task_count=70, split="mine")
    assert target_indices(endless, 64, 3) == [64, 65, 66]
    assert target_indices(finite, 64, 48) == [64, 65, 66, 67, 68, 69]  # type: ignore[arg-type]
    assert target_indices(finite, 70, 48) == []  # type: ignore[arg-type]
    assert emitted_indices(finite, 8, 4) == []  # type: ignore[arg-type]


@pytest.mark.slow
def test_held_out_tasks_are_played_by_the_evaluation_alone_and_chosen_ones_by_the_choice_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = read_config(
        None,
        {
            "rollout.tasks": 160,
            "train.steps": 2,
            "train.groups": 2,
            "train.group_size": 4,
            "train.validation_every": 1,
            "train.validation_tasks": 4,
            "capabilities": ["error_recovery", "result_reporting"],
            "router.prompts": 12,
            "choose.tasks": 8,
            "choose.emitted_tasks": 4,
            "choose.mixture": True,
            "evaluate.tasks": 8,
        },
    )
    stage = ["before"]
    drawn: dict[str, set[tuple[str, str, int]]] = {"before": set(), "choose": set(), "evaluate": set()}
    draw_task = ToolEnv.draw_task

    def spied(self: ToolEnv, index: int, difficulty: int) -> Any:
        drawn[stage[0]].add((type(self).__name__, self.split, index))
        return draw_task(self, index, difficulty)

    def entering(name: str, function: Any) -> Any:
        def entered(*args: Any, **more: Any) -> Any:
            stage[0] = name
            return function(*args, **more)

        return entered

    monkeypatch.setattr(ToolEnv, "draw_task", spied)
    monkeypatch.setattr(loop, "choose", entering("choose", loop.choose))
    monkeypatch.setattr(loop, "evaluate", entering("evaluate", loop.evaluate))
    loop.run(config, tmp_path / "run")

    desk = "ServiceDesk"
    assert {task for task in drawn["evaluate"] if task[0] == desk} == {(desk, "evaluate", index) for index in range(8)}
    assert not {task for task in drawn["before"] | drawn["choose"] if task[1] in ("evaluate", "test")}
    assert not drawn["choose"] & drawn["before"]
    assert {task for task in drawn["choose"] if task[0] == desk} == {(desk, "mine", index) for index in range(160, 168)}
    assert len(drawn["choose"]) == 8 + 4 + 4

    # whatever was chosen, the evaluation has it, and the folder can be evaluated by itself
    chosen = read_json(tmp_path / "run/chosen.json")["chosen"]
    agents = read_json(tmp_path / "run/evaluation.json")["agents"]
    assert agents[f"chosen:{chosen}"]["successes"] == agents[chosen]["successes"]
    assert agents[f"chosen:{chosen}"]["rollouts"]["by_stage"]["choose mixture"] == 16
    if chosen == "routed":
        out = tmp_path / "again.json"
        words = ["evaluate", "--adapters", str(tmp_path / "run/chosen"), "--tasks", "8", "--out", str(out)]
        assert main(words) == 0
        assert read_json(out)["agents"]["routed"]["successes"] == agents["routed"]["successes"]
    capsys.readouterr()
