"""What `trace-gym evaluate` refuses before it loads a model."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
from trace_trainers.commands import evaluate

from trace_gym.errors import UserError


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    return parser.parse_args(words)


def test_the_defaults_are_those_of_a_run() -> None:
    args = arguments()

    assert (args.model, args.env, args.split, args.tasks) == ("tiny", "trace/ServiceDesk-v0", "evaluate", 256)


@pytest.mark.parametrize("split", ["mine", "train"])
def test_splits_that_are_mined_or_trained_on_are_no_choice(split: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments("--split", split)
    assert "invalid choice" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--temperature", "-1"], "--temperature"),
        (["--max-new-tokens", "0"], "--max-new-tokens"),
        (["--env", "trace/Nowhere-v0"], "Nowhere"),
        (["--split", "test"], "Unknown split 'test'"),
    ],
)
def test_a_wrong_argument_is_one_sentence(words: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        evaluate.run(arguments(*words))


def test_a_folder_without_adapters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no adapter folder \(with adapter_config.json\)"):
        evaluate._adapter_folders(tmp_path)


def test_adapters_stand_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "adapter_config.json").write_text("{}")
    (tmp_path / "notes").mkdir()

    assert [folder.name for folder in evaluate._adapter_folders(tmp_path)] == ["a", "b", "c"]


def test_an_adapter_costs_what_its_record_says(tmp_path: Path) -> None:
    folder = tmp_path / "error_recovery"
    folder.mkdir()
    assert evaluate._training_budget(folder).total == 0

    (folder / "trace_adapter.json").write_text(json.dumps({"rollouts": 320}))
    assert evaluate._training_budget(folder).rollouts == {"train error_recovery": 320}


def test_a_folder_without_environments_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no emitted environment"):
        evaluate._manifests(tmp_path, ["error_recovery"])
