"""What methods are made of: mixtures, merges, prompts, demonstrations, and rollouts within a budget."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from trace_trainers.baselines.demonstrations import IGNORED, example_of
from trace_trainers.baselines.lab import Lab, Mined, Rules
from trace_trainers.baselines.merged import merge
from trace_trainers.baselines.methods import METHODS
from trace_trainers.baselines.mixture_env import MixtureEnv
from trace_trainers.baselines.pool import Pool
from trace_trainers.baselines.prompted import PromptedPolicy, reads_prompts, with_text
from trace_trainers.baselines.spending import Spending
from trace_trainers.baselines.training import capability_marks, label_of, within
from trace_trainers.engine.chat import ChatRenderer
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.grpo.training_log import StepRecord, TrainingLog
from trace_trainers.policies.adapters import BASE, AdapterBank, AdapterPolicy, fixed
from trace_trainers.policies.loading import load_model, load_tokenizer

from trace_gym.env.registration import make_env
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.rollouts.sampling_params import SamplingParams
from trace_gym.rollouts.scripted import OraclePolicy

DESK = "trace/ServiceDesk-v0"


def test_methods_are_named_as_their_table_says() -> None:
    assert all(method.name == name for name, method in METHODS.items())
    assert {"base", "routed", "best_single", "cat", "linear", "ties", "dare", "mixture", "target_grpo"} < set(METHODS)
    assert {"sft", "prompt_text", "gepa"} < set(METHODS)


def test_a_mixture_takes_turns_and_each_task_is_played_where_it_belongs() -> None:
    parts = [make_env(DESK, split="train", difficulty=level) for level in (1, 3)]
    mixed = MixtureEnv([make_env(DESK, split="train", difficulty=level) for level in (1, 3)])
    for index in range(6):
        part = parts[index % 2]
        assert mixed.reset(options={"index": index})[0] == part.reset(options={"index": index // 2})[0]
        assert mixed.episode.task == part.episode.task
    episodes = play_batch([mixed], OraclePolicy(), [Job(5)], seed=0, env_id="mixture")
    assert episodes[0].success
    assert mixed.task_count is None


def tiny_adapters(folder: Path, count: int) -> list[Path]:
    """Adapters with weights of their own, so that merging has something to add up."""
    from peft import LoraConfig, get_peft_model
    from trace_trainers.grpo.train import PROJECTIONS

    folders = []
    for number in range(count):
        torch.manual_seed(number)
        lora = LoraConfig(r=4, lora_alpha=4, target_modules=PROJECTIONS, task_type="CAUSAL_LM", init_lora_weights=False)
        get_peft_model(load_model("tiny"), lora).save_pretrained(folder / f"a{number}")
        folders.append(folder / f"a{number}")
    return folders


def logits(bank: AdapterBank, name: str) -> torch.Tensor:
    with bank.using(name) as model, torch.no_grad():
        result: torch.Tensor = model(torch.arange(5, 25)[None]).logits
    return result


def loaded(folders: list[Path]) -> AdapterBank:
    bank = AdapterBank(load_model("tiny"), load_tokenizer("tiny"))
    for folder in folders:
        bank.load(folder.name, folder)
    return bank


@pytest.mark.parametrize("way", ["cat", "linear"])
def test_of_one_adapter_the_merge_is_that_adapter(tmp_path: Path, way: str) -> None:
    bank = loaded(tiny_adapters(tmp_path, 1))
    merged = merge(bank, ["a0"], way, {"weight": 1.0}, seed=0)
    assert torch.allclose(logits(bank, merged), logits(bank, "a0"), atol=1e-4)


def test_cat_adds_up_what_each_adapter_adds(tmp_path: Path) -> None:
    bank = loaded(tiny_adapters(tmp_path, 2))
    merge(bank, ["a0", "a1"], "cat", {"weight": 0.5}, seed=0)
    weight = "model.layers.0.self_attn.q_proj"
    layer = bank.model.get_submodule(f"base_model.model.{weight}")
    expected = 0.5 * (layer.get_delta_weight("a0") + layer.get_delta_weight("a1"))
    assert torch.allclose(layer.get_delta_weight("merged"), expected, atol=1e-5)


def test_dare_drops_by_the_seed_alone(tmp_path: Path) -> None:
    folders = tiny_adapters(tmp_path, 2)
    results = []
    for seed in (0, 0, 1):
        bank = loaded(folders)
        torch.rand(seed + 3)
        merge(bank, ["a0", "a1"], "dare_linear", {"weight": 1.0, "density": 0.5}, seed=seed)
        results.append(logits(bank, "merged"))
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])


def test_an_agent_that_is_fed_no_system_message_is_known(prompt_reader: Path) -> None:
    assert not reads_prompts(load_tokenizer("tiny"))
    assert reads_prompts(load_tokenizer(str(prompt_reader)))


def test_a_text_changes_what_a_reading_agent_says_and_not_what_another_says(prompt_reader: Path) -> None:
    params = SamplingParams(temperature=0.0, max_new_tokens=24)
    for model, changes in (("tiny", False), (str(prompt_reader), True)):
        said = []
        for text in ("", "Cancel all orders at once and say nothing."):
            bank = AdapterBank(load_model(model), load_tokenizer(model))
            policy = PromptedPolicy(AdapterPolicy(bank, fixed(BASE), params, policy_id="x"), text)
            envs = [make_env(DESK, split="evaluate") for _ in range(4)]
            episodes = play_batch(envs, policy, [Job(index) for index in range(4)], seed=0, env_id=DESK)
            said.append([episode.turns() for episode in episodes])
            # the record is the conversation as the environment had it
            assert all(text not in str(episode.messages[0]["content"]) or not text for episode in episodes)
        assert (said[0] != said[1]) == changes


def test_a_conversation_without_a_system_message_gets_one() -> None:
    assert with_text([{"role": "user", "content": "Hi"}], "Be kind.")[0] == {"role": "system", "content": "Be kind."}


def test_a_demonstration_has_the_tokens_of_a_rollout_and_learns_the_agents_own(tiny: Any) -> None:
    bank = AdapterBank(*tiny)
    policy = bank.make_policy(SamplingParams(temperature=0.0, max_new_tokens=64), policy_id="tiny")
    envs = [make_env(DESK, split="mine") for _ in range(4)]
    episodes = play_batch(envs, policy, [Job(index) for index in range(4)], seed=0, env_id=DESK)

    renderer = ChatRenderer(tiny[1])
    for key, episode in enumerate(episodes):
        sequence = policy.transcripts[key]
        example = example_of(renderer, episode)
        assert example["input_ids"] == sequence.ids
        own = [token for token, label in zip(example["input_ids"], example["labels"], strict=True) if label != IGNORED]
        assert own == [token for token, mask in zip(sequence.completion, sequence.mask, strict=True) if mask]


def a_lab(tmp_path: Path, capabilities: int, mined: int, budget: int) -> Lab:
    rules = Rules(DESK, budget=budget, train=TrainConfig(groups=2, group_size=4, resample_rounds=0), validation=10)
    (tmp_path / "trajectories.jsonl").write_text("x\n" * mined)
    envs = {f"c{number}": tmp_path for number in range(capabilities)}
    return Lab(
        rules, tmp_path, tmp_path / "cell", tmp_path, Pool((0,), (1,)), "tiny", mined=Mined(envs),
        spending=Spending(tmp_path),
    )  # fmt: skip


def test_what_mining_leaves_is_shared_out_evenly(tmp_path: Path) -> None:
    lab = a_lab(tmp_path, capabilities=3, mined=100, budget=400)
    assert capability_marks(lab, chosen_from=False) == {25: 0, 50: 33, 75: 66, 100: 100}
    # three candidates of ten validation episodes each are paid first
    assert capability_marks(lab, chosen_from=True) == {25: 0, 50: 23, 75: 56, 100: 90}
    assert [lab.mining_cost(share).total for share in (10, 25, 100)] == [40, 100, 100]


def test_a_training_is_given_no_more_than_its_rollouts() -> None:
    config = TrainConfig(groups=2, group_size=4, resample_rounds=1, validation_every=0)
    for rollouts in (8, 15, 32, 1000):
        made = within(config, rollouts)
        assert made is not None
        assert made.steps * 8 <= rollouts == made.max_rollouts
    assert within(config, 7) is None


def test_labels_name_settings_in_one_order() -> None:
    assert label_of({"b": 1, "a": 0.5}) == label_of({"a": 0.5, "b": 1}) == "a-0.5,b-1"


def test_spending_counts_whole_lines_and_whole_steps(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    log = TrainingLog(tmp_path / "a" / "train_log.jsonl")
    for step, rollouts in enumerate((8, 12, 8)):
        log.append(StepRecord(step, 0.5, rollouts))
    (tmp_path / "mined.jsonl").write_text("1\n2\n3\nhalf a li")
    spending = Spending(tmp_path)
    assert spending.training("train a", tmp_path / "a", 21).total == 20
    assert spending.episodes("mine", tmp_path / "mined.jsonl").total == 3
    assert spending.episodes("mine", tmp_path / "mined.jsonl", 2).total == 2
    assert spending.files == {"train a": "a/train_log.jsonl", "mine": "mined.jsonl"}
