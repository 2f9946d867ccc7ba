"""Making the tiny agent: its tokenizer, the tokens it is trained on, and a whole miniature run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from trace_trainers.policies.loading import load_model, load_tokenizer
from trace_trainers.tiny_agent import CHECKPOINT
from trace_trainers.tiny_agent.make import main, model_card
from trace_trainers.tiny_agent.tokenizer import IGNORED, build_tokenizer, encode
from trace_trainers.tiny_agent.training import SFTSettings, build_model, train

from trace_gym import make_env
from trace_gym.testbed.planted import DEFICITS, PLANTED, demonstrate


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return load_tokenizer("tiny")


@pytest.fixture(scope="module")
def demonstrations() -> list[Any]:
    env = make_env("trace/ServiceDesk-v0", split="demo")
    return [demonstrate(env, index) for index in range(24)]


def test_every_digit_is_a_token_of_its_own():
    tokenizer = build_tokenizer(["order W1234 of I567"] * 50, 400)

    assert tokenizer.convert_ids_to_tokens(tokenizer("W1234").input_ids) == ["W", "1", "2", "3", "4"]


def test_call_tags_are_single_tokens(tokenizer):
    assert len(tokenizer("<tool_call></tool_call>", add_special_tokens=False).input_ids) == 2


def test_the_vocabulary_is_the_same_every_time():
    texts = ["cancel order W12", "return order W34", "refund P56"] * 20

    assert build_tokenizer(texts, 300).get_vocab() == build_tokenizer(texts, 300).get_vocab()


def test_loss_is_taken_on_the_assistants_own_tokens_only(tokenizer, demonstrations):
    for messages, tools in demonstrations:
        example = encode(tokenizer, messages, tools)
        trained = tokenizer.decode([label for label in example["labels"] if label != IGNORED])

        assert len(example["labels"]) == len(example["input_ids"])
        said = [message for message in messages if message["role"] == "assistant"]
        assert trained.count("<|end|>") == len(said)
        user = next(str(message["content"]) for message in messages if message["role"] == "user")
        assert user not in trained


def test_labels_are_the_ids_themselves(tokenizer, demonstrations):
    example = encode(tokenizer, *demonstrations[0])

    pairs = zip(example["input_ids"], example["labels"], strict=True)
    assert all(label in (token, IGNORED) for token, label in pairs)


def test_an_untrained_model_has_the_size_of_the_bundled_one(tokenizer):
    assert build_model(tokenizer).num_parameters() == load_model("tiny").num_parameters()


@pytest.mark.slow
def test_training_lowers_the_loss_and_repeats_itself(tokenizer, demonstrations, tmp_path):
    examples = [encode(tokenizer, messages, tools) for messages, tools in demonstrations]
    losses = []
    for name in ("first", "second"):
        torch.manual_seed(0)
        model = build_model(tokenizer)
        losses.append(train(model, tokenizer, examples, SFTSettings(steps=12, batch=8), tmp_path / name))

    assert losses[0] == losses[1]
    assert losses[0] < torch.log(torch.tensor(float(len(tokenizer))))


@pytest.mark.slow
def test_the_command_writes_a_checkpoint_that_loads(tmp_path: Path):
    main(["--out", str(tmp_path / "agent"), "--steps", "2", "--demos", "40", "--batch", "4", "--vocabulary", "400"])

    tokenizer = load_tokenizer(str(tmp_path / "agent"))
    model = load_model(str(tmp_path / "agent"))
    assert model.config.vocab_size == len(tokenizer)
    assert "trained from scratch on 40 demonstrations" in (tmp_path / "agent" / "README.md").read_text()


def test_the_card_names_every_planted_deficit():
    card = model_card(SFTSettings(), 100, 1_700_000, 0.12)

    for name in PLANTED:
        assert f"| {name} |" in card
    assert card.count("| yes |") == len(DEFICITS)


def test_the_bundled_card_says_what_is_planted():
    card = (CHECKPOINT / "README.md").read_text(encoding="utf-8")

    for name, rate in PLANTED.items():
        assert f"| {name} | {rate:.0%} |" in card
