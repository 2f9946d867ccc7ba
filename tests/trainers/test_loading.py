from __future__ import annotations

import shutil

import pytest
from trace_trainers.policies.loading import fingerprint, load_model, load_tokenizer
from trace_trainers.tiny_agent import CHECKPOINT

from trace_gym.errors import UserError
from trace_gym.testbed.planted import DEFICITS


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(UserError, match="does not exist"):
        load_model(str(tmp_path / "nowhere"))


def test_folder_without_config_is_named(tmp_path):
    with pytest.raises(UserError, match=r"no config\.json"):
        load_tokenizer(str(tmp_path))


def test_model_without_chat_template_is_named(tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(CHECKPOINT, folder)
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(UserError, match="no chat template"):
        load_tokenizer(str(folder))


def test_damaged_weights_are_one_sentence(tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(CHECKPOINT, folder)
    (folder / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(UserError, match="No model could be loaded"):
        load_model(str(folder))


def test_tiny_agent_is_small():
    model = load_model("tiny")
    assert sum(p.numel() for p in model.parameters()) <= 5_000_000
    assert sum(p.stat().st_size for p in CHECKPOINT.iterdir()) <= 10 * 2**20


def test_model_card_names_what_was_planted():
    card = (CHECKPOINT / "README.md").read_text()
    for name in DEFICITS:
        assert f"| {name} | 20% | yes |" in card


def test_fingerprint_tells_bases_apart():
    model = load_model("tiny")
    before = fingerprint(model)
    model.get_input_embeddings().weight.data += 0.1
    assert fingerprint(model) != before
