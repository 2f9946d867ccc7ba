"""Adapters beside each other on one base: which are accepted, which is switched on, and who plays what."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from trace_trainers.policies import plugin
from trace_trainers.policies.adapters import BASE, AdapterBank, AdapterPolicy, fixed

from trace_gym.errors import UserError
from trace_gym.rollouts.sampling_params import SamplingParams

IDS = torch.tensor([[5, 301, 302]])


@pytest.fixture(scope="module")
def folders(tiny: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two PEFT folders with weights that change the model."""
    root = tmp_path_factory.mktemp("adapters")
    made = {}
    for number, name in enumerate(("first", "second")):
        torch.manual_seed(number)
        lora = LoraConfig(r=2, target_modules=["q_proj"], task_type="CAUSAL_LM", init_lora_weights=False)
        get_peft_model(copy.deepcopy(tiny[0]), lora).save_pretrained(str(root / name))
        made[name] = root / name
    return made


@pytest.fixture
def bank(tiny: Any) -> AdapterBank:
    model, tokenizer = tiny
    # copied: PEFT puts its layers into the model it is given
    return AdapterBank(copy.deepcopy(model), tokenizer)


def logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        return model(input_ids=IDS).logits


def write_record(folder: Path, **record: Any) -> None:
    (folder / "adapter_config.json").write_text("{}")
    (folder / "trace_adapter.json").write_text(json.dumps(record))


class TestBank:
    def test_each_adapter_is_switched_on_and_off(self, bank: AdapterBank, folders: dict[str, Path]) -> None:
        before = logits(bank.model)
        for name, folder in folders.items():
            bank.load(name, folder)
        assert bank.names == ["first", "second"]

        outputs = {}
        for name in ("first", "second", BASE, "first"):
            with bank.using(name) as model:
                outputs[name] = logits(model)
        assert torch.equal(outputs[BASE], before)
        assert not torch.allclose(outputs["first"], before)
        assert not torch.allclose(outputs["first"], outputs["second"])

    def test_an_adapter_is_the_same_whatever_was_loaded_before(
        self, tiny: Any, bank: AdapterBank, folders: dict[str, Path]
    ) -> None:
        alone = AdapterBank(copy.deepcopy(tiny[0]), tiny[1])
        alone.load("second", folders["second"])
        for name, folder in folders.items():
            bank.load(name, folder)

        with bank.using("second") as model, alone.using("second") as other:
            assert torch.equal(logits(model), logits(other))

    def test_without_adapters_there_is_only_the_base(self, bank: AdapterBank) -> None:
        with bank.using(BASE) as model:
            assert model is bank.model

    def test_the_base_s_fingerprint_stays_when_adapters_come(self, tiny: Any, folders: dict[str, Path]) -> None:
        bank = AdapterBank(copy.deepcopy(tiny[0]), tiny[1])
        bank.load("first", folders["first"])

        assert AdapterBank(bank.model, tiny[1]).fingerprint == bank.fingerprint == AdapterBank(*tiny).fingerprint

    def test_a_folder_that_is_no_adapter_is_named(self, bank: AdapterBank, tmp_path: Path) -> None:
        with pytest.raises(UserError, match=r"has no adapter_config\.json; expected a PEFT folder"):
            bank.load("x", tmp_path)

    def test_a_damaged_adapter_is_one_sentence(
        self, bank: AdapterBank, folders: dict[str, Path], tmp_path: Path
    ) -> None:
        config = (folders["first"] / "adapter_config.json").read_text()
        (tmp_path / "adapter_config.json").write_text(config)

        with pytest.raises(UserError, match="does not fit this base") as caught:
            bank.load("x", tmp_path)
        assert "\n" not in str(caught.value)
        assert bank.names == []

    @pytest.mark.parametrize("version", [1, 2])
    def test_both_versions_of_the_record_are_read(self, bank: AdapterBank, tmp_path: Path, version: int) -> None:
        write_record(tmp_path, version=version, base_fingerprint="0" * 16)

        with pytest.raises(UserError, match=rf"fingerprint 0+, this base has {bank.fingerprint}"):
            bank.load("x", tmp_path)

    @pytest.mark.parametrize("version", [0, 3, "2", None])
    def test_another_version_is_refused(self, bank: AdapterBank, tmp_path: Path, version: Any) -> None:
        write_record(tmp_path, version=version, base_fingerprint=bank.fingerprint)

        with pytest.raises(UserError, match=rf"version {version!r}, this program reads version 1 or 2; train"):
            bank.load("x", tmp_path)

    def test_a_record_that_is_no_object_is_refused(self, bank: AdapterBank, tmp_path: Path) -> None:
        write_record(tmp_path)
        (tmp_path / "trace_adapter.json").write_text("[1]")

        with pytest.raises(UserError, match="version None, this program reads version 1 or 2"):
            bank.load("x", tmp_path)


class FakeBank:
    """Policies that answer with the adapter that is switched on while they act."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)
        self.active = "none"
        self.finished: list[int] = []

    @contextmanager
    def using(self, name: str) -> Any:
        self.active = name
        yield None
        self.active = "none"

    def make_policy(self, params: SamplingParams, *, policy_id: str) -> Any:
        def act(requests: Sequence[Any]) -> list[str]:
            return [f"{request.key}:{self.active}" for request in requests]

        return SimpleNamespace(act=act, finish=self.finished.extend)


def requests(*keys: int) -> list[Any]:
    return [SimpleNamespace(key=key) for key in keys]


class TestPolicy:
    def test_each_conversation_is_played_by_its_adapter(self) -> None:
        bank: Any = FakeBank("a", "b")
        policy = AdapterPolicy(bank, lambda new: ["b", BASE, "a"], SamplingParams(), policy_id="x")

        assert policy.act(requests(7, 8, 9)) == ["7:b", "8:", "9:a"]
        assert policy.act(requests(9, 7)) == ["9:a", "7:b"]
        assert [policy.adapter_of(key) for key in (7, 8, 9)] == ["b", BASE, "a"]

    def test_an_adapter_is_chosen_once_per_conversation(self) -> None:
        chosen: list[int] = []

        def choose(new: Sequence[Any]) -> list[str]:
            chosen.extend(request.key for request in new)
            return ["a"] * len(new)

        bank: Any = FakeBank("a")
        policy = AdapterPolicy(bank, choose, SamplingParams(), policy_id="x")
        policy.act(requests(1, 2))
        policy.act(requests(2, 1))
        policy.act(requests(1, 3))
        assert chosen == [1, 2, 3]

    def test_a_finished_conversation_is_forgotten(self) -> None:
        bank: Any = FakeBank("a", "b")
        names = iter(["a", "b"])
        policy = AdapterPolicy(bank, lambda new: [next(names)], SamplingParams(), policy_id="x")
        policy.act(requests(1))
        policy.finish([1, 99])

        assert bank.finished == [1]
        assert policy.adapter_of(1) == BASE
        assert policy.act(requests(1)) == ["1:b"]

    def test_a_fixed_chooser_names_one_adapter_for_all(self) -> None:
        assert fixed("a")(requests(1, 2)) == ["a", "a"]


class TestPlugin:
    def test_an_adapter_goes_by_its_folder_s_name(self, folders: dict[str, Path]) -> None:
        policy: Any = plugin.make("tiny", folders["first"], SamplingParams())

        assert policy.policy_id == "tiny"
        assert list(policy._policies) == [BASE, "first"]

    def test_only_fast_sampling_changes_the_attention(self) -> None:
        plain: Any = plugin.make("tiny", None, SamplingParams())
        fast: Any = plugin.make("tiny", None, SamplingParams(fast=True))

        assert plain._bank.model.config._attn_implementation == "sdpa"
        assert fast._bank.model.config._attn_implementation != "sdpa"
