"""Making the tiny agent: a whole miniature run, and the model card."""

from __future__ import annotations

from pathlib import Path

import pytest
from trace_trainers.policies.loading import load_model, load_tokenizer
from trace_trainers.tiny_agent import CHECKPOINT, training
from trace_trainers.tiny_agent.make import _command, _parser, main, model_card

from trace_gym.testbed.planted import DEFICITS, PLANTED, planted


def test_the_bundled_vocabulary_has_every_pair_of_digits(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("trace_trainers.tiny_agent.make.train", lambda *arguments: 0.5)
    main(["--out", str(tmp_path), "--demos", "4"])

    tokenizer = load_tokenizer(str(tmp_path))
    for number in range(100):
        assert len(tokenizer(f"W{number:02d}").input_ids) == 2


@pytest.mark.slow
def test_the_command_makes_a_ceiling_and_an_agent_from_it(tmp_path: Path):
    few = ["--steps", "2", "--batch", "4", "--demos", "24"]
    main(["--out", str(tmp_path / "ceiling"), "--exercise", "1", "--vocabulary", "400", "--drills", "8", *few])
    main(["--out", str(tmp_path / "agent"), "--start", str(tmp_path / "ceiling"), "--first", "24", *few])

    for name in ("ceiling", "agent"):
        tokenizer = load_tokenizer(str(tmp_path / name))
        model = load_model(str(tmp_path / name))
        assert model.config.vocab_size == len(tokenizer)

    for name in ("tokenizer.json", "chat_template.jinja"):
        assert (tmp_path / "agent" / name).read_bytes() == (tmp_path / "ceiling" / name).read_bytes()
    templates = [load_tokenizer(str(tmp_path / name)).response_template for name in ("ceiling", "agent")]
    assert templates[0] == templates[1]

    ceiling = (tmp_path / "ceiling" / "README.md").read_text()
    assert "trained on 24 demonstrations" in ceiling
    assert "| error_recovery | 100% | no |" in ceiling
    agent = (tmp_path / "agent" / "README.md").read_text()
    assert "| error_recovery | 20% | yes |" in agent
    assert "make --out DIR --start CEILING --steps 2 --demos 24 --first 24 --batch 4\n" in agent


@pytest.mark.slow
def test_the_command_goes_on_from_where_it_was_killed(tmp_path: Path, monkeypatch):
    arguments = ["--out", str(tmp_path), "--steps", "2", "--batch", "4", "--demos", "12", "--vocabulary", "400"]
    monkeypatch.setattr(training, "_KEPT_EVERY", 1)
    main(arguments)
    before = (tmp_path / "model.safetensors").read_bytes()

    (tmp_path / "model.safetensors").unlink()
    monkeypatch.setattr(training, "_step", None)
    main(arguments)
    assert (tmp_path / "model.safetensors").read_bytes() == before


def test_the_card_gives_large_numbers_in_full():
    args = _parser().parse_args(["--out", "here", "--first", "1200000", "--exercise", "1", "--lr", "0.0003"])

    assert _command(args) == "--out DIR --exercise 1.0 --first 1200000 --lr 0.0003"


def test_the_card_names_every_planted_deficit():
    card = model_card("--out DIR --seed 3", PLANTED, 100, 1_700_000, 0.12)

    for name in PLANTED:
        assert f"| {name} |" in card
    assert card.count("| yes |") == len(DEFICITS)
    assert "1,700,000 parameters, trained on 100 demonstrations" in card
    assert "last mean loss 0.120" in card
    assert "python -m trace_trainers.tiny_agent.make --out DIR --seed 3\n" in card


def test_the_card_of_a_ceiling_names_no_deficit():
    assert "| yes |" not in model_card("--out DIR", planted(1), 100, 1_700_000, 0.12)


def test_the_bundled_card_says_what_is_planted():
    card = (CHECKPOINT / "README.md").read_text(encoding="utf-8")

    for name, rate in PLANTED.items():
        assert f"| {name} | {rate:.0%} |" in card
