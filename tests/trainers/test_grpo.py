from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from trace_trainers.grpo.checkpoints import claim
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.grpo.early_stopping import ending, explain
from trace_trainers.grpo.train import train_adapter
from trace_trainers.grpo.training_log import StepRecord
from trace_trainers.policies.adapters import AdapterBank
from trace_trainers.policies.loading import load_model, load_tokenizer
from trl import GRPOTrainer

from trace_gym.env.registration import make_env
from trace_gym.errors import UserError

ENV = "trace/ServiceDesk-v0"
CONFIG = TrainConfig(
    steps=3, groups=4, group_size=4, learning_rate=3e-3, stop_reward=2.0, validation_every=2, validation_tasks=12
)


def train(out: Path, config: TrainConfig = CONFIG):
    return train_adapter("tiny", lambda: make_env(ENV, split="train"), ENV, out, config, name="test")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    out = tmp_path_factory.mktemp("adapter") / "desk"
    return out, train(out)


def test_adapter_is_an_ordinary_peft_folder(trained):
    out, record = trained
    assert {"adapter_config.json", "adapter_model.safetensors", "trace_adapter.json"} <= {p.name for p in out.iterdir()}
    assert record["steps"] == 3
    assert record["rollouts"] >= 48
    assert record["validation_rollouts"] == 3 * 12, "before, after step 2, and after the last step"
    assert not (out / "checkpoints").exists()


def test_adapter_changes_the_model_and_switches_off(trained):
    out, _ = trained
    bank = AdapterBank(load_model("tiny"), load_tokenizer("tiny"))
    ids = torch.tensor([[5, 300, 301, 302]])
    before = bank.model(input_ids=ids).logits.detach().clone()
    bank.load("desk", out)
    with bank.using("desk") as model:
        changed = model(input_ids=ids).logits.detach().clone()
    with bank.using("") as model:
        base = model(input_ids=ids).logits.detach().clone()
    assert not torch.allclose(before, changed)
    assert torch.equal(before, base)


def test_zero_variance_groups_are_counted_and_resampled(trained):
    out, _ = trained
    for line in (out / "train_log.jsonl").read_text().splitlines():
        step = json.loads(line)
        assert step["rollouts"] == 16 + 4 * step["zero_variance_groups"]
        assert step["zero_variance_groups_after_resampling"] <= step["zero_variance_groups"]


_KILLED = """
import sys
from pathlib import Path
from trace_trainers.commands.quiet import quiet
quiet()
sys.path.insert(0, {here!r})
from test_grpo import train
train(Path({out!r}))
"""


def has_checkpoint(out: Path) -> bool:
    return bool(list(out.glob("checkpoints/*/whole")))


def is_validated_again(out: Path) -> bool:
    """Whether the validation after step 2 is written; its checkpoint may not be whole yet."""
    log = out / "validation.jsonl"
    return log.exists() and log.read_bytes().count(b"\n") == 2


@pytest.mark.parametrize("is_time", [has_checkpoint, is_validated_again])
def test_killed_training_resumes_to_the_same_adapter(trained, tmp_path, is_time):
    reference, _ = trained
    out = tmp_path / "desk"
    code = _KILLED.format(here=str(Path(__file__).parent), out=str(out))
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and process.poll() is None and not is_time(out):
        time.sleep(0.005)
    assert process.poll() is None, "training ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (out / "trace_adapter.json").exists()
    train(out)
    for name in ("adapter_model.safetensors", "trace_adapter.json", "train_log.jsonl", "validation.jsonl"):
        assert (out / name).read_bytes() == (reference / name).read_bytes(), name


def test_adapter_of_another_base_is_refused(trained, tmp_path):
    out = tmp_path / "other"
    shutil.copytree(trained[0], out)
    record = json.loads((out / "trace_adapter.json").read_text())
    (out / "trace_adapter.json").write_text(json.dumps({**record, "base_fingerprint": "0" * 16}))
    bank = AdapterBank(load_model("tiny"), load_tokenizer("tiny"))
    with pytest.raises(UserError, match="trained on another base"):
        bank.load("other", out)


@pytest.mark.parametrize(
    ("rewards", "ended"),
    [
        ([0.5, 0.95, 0.96], False),
        ([0.5, 0.95, 0.96, 0.97], True),
        ([0.2] * 14, False),
        ([0.2] * 15, True),
        ([0.1 + 0.02 * i for i in range(30)], False),
    ],
)
def test_training_ends_early_when_mastered_or_stalled(rewards, ended):
    steps = [StepRecord(step, reward, 64) for step, reward in enumerate(rewards)]
    assert bool(ending(steps, TrainConfig())) is ended
    assert not ending(steps, TrainConfig(patience=0, stop_reward=2.0))


def test_group_of_one_is_refused():
    with pytest.raises(ValueError, match="group_size must be >= 2, got 1"):
        TrainConfig(group_size=1)


@pytest.mark.parametrize("micro_batch", [16, 4])
def test_the_gradient_is_trl_s_own(tmp_path, monkeypatch, micro_batch):
    """One step by TRL's trainer as it is and by ours leave the same adapter, up to rounding."""
    config = TrainConfig(steps=1, groups=4, group_size=4, learning_rate=3e-3, micro_batch=micro_batch)
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    train(ours, config)
    monkeypatch.setattr("trace_trainers.grpo.train.SharedPrefixGRPOTrainer", GRPOTrainer)
    train(theirs, TrainConfig(steps=1, groups=4, group_size=4, learning_rate=3e-3, micro_batch=16))
    a, b = (load_file(folder / "adapter_model.safetensors") for folder in (ours, theirs))
    moved = [name for name in a if "lora_B" in name]
    assert max(float(a[name].abs().max()) for name in moved) > 1e-3
    same = torch.cat([(a[name] - b[name]).abs().flatten() < 1e-4 for name in moved]).float().mean()
    # Adam's first step is the gradient's sign: where the gradient is rounding noise, signs may differ
    assert same > 0.99


def test_another_training_in_the_folder_is_named_by_what_differs(tmp_path):
    job = {"env_id": "a", "seed": 0, "config": {"steps": 20, "rank": 16}}
    claim(tmp_path / "out", job)
    claim(tmp_path / "out", job)
    with pytest.raises(UserError, match=r"holds another training \(seed 0, now 1; steps 20, now 30\)"):
        claim(tmp_path / "out", {**job, "seed": 1, "config": {"steps": 30, "rank": 16}})


@pytest.mark.parametrize(
    ("why", "sentence"),
    [
        ("", ""),
        ("mastered", "ended before step 20, as the environment is mastered (stop_reward)"),
        ("stalled", "ended before step 20, as the reward had not risen for 12 steps (patience)"),
        (
            "fallen",
            "ended before step 20, as the reward had been below that of the start for 6 steps (fall_patience)",
        ),
        (
            "nothing_to_learn",
            "ended before step 20, as there is nothing to learn here: no group differed in reward for 5 steps "
            "(dead_patience)",
        ),
        ("budget", "ended before step 20, as another step would exceed max_rollouts = 500"),
        ("loss", "ended at step 8, as its loss is not a finite number; the update of that step is not kept"),
        (
            "weights",
            "ended at step 8, as with its weights the model no longer gives finite numbers; the update of that step "
            "is not kept",
        ),
        (
            "gradient",
            "ended at step 8, as its gradient norm 2e+06 is above stop_grad_norm = 1000; the update of that step is "
            "not kept",
        ),
    ],
)
def test_an_early_end_is_explained(why, sentence):
    step = StepRecord(7, 0.5, 64, loss=0.1, grad_norm=2e6)
    assert explain(why, step, TrainConfig(steps=20, max_rollouts=500)) == sentence


def test_a_gradient_that_is_no_number_is_explained():
    sentence = explain("gradient", StepRecord(7, 0.5, 64, loss=0.1), TrainConfig(steps=20))
    assert sentence.startswith("ended at step 8, as its gradient is not a finite number;")
