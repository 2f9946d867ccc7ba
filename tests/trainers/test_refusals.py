"""Settings and numbers with which nothing can be trained or compared: one sentence, before anything is written."""

from __future__ import annotations

import math
import shlex
from pathlib import Path
from typing import Any

import pytest
from trace_trainers.pipeline.config import SECTIONS, RunConfig, read_config
from trace_trainers.policies.loading import DTYPES, load_model

from trace_gym.cli.main import main
from trace_gym.errors import UserError

TYPED = """
train --env DESK --out OUT --dtype foo => dtype must be one of auto, float32, bfloat16, got 'foo'.
train --env DESK --out OUT --dtype nn => dtype must be one of auto, float32, bfloat16, got 'nn'.
train --env DESK --out OUT --seed -1 => --seed must be >= 0, got -1.
train --env DESK --out OUT --set temperature=nan => the command line, [train]: temperature is nan, expected a finite
train --env DESK --out OUT --set steps => --set 'steps': expected KEY=VALUE, such as train.steps=20.
train --env DESK --out OUT --env-arg split=train => --env-arg split=train is not taken; use --split train.
evaluate --out OUT --tasks 0 => --tasks must be >= 1, got 0.
evaluate --out OUT --seed -1 => --seed must be >= 0, got -1.
evaluate --out OUT --temperature nan => --temperature must be a finite number >= 0, got nan.
evaluate --out OUT --max-new-tokens 0 => --max-new-tokens must be >= 1, got 0.
evaluate --out OUT --adapters OUT => OUT: holds no adapter folder (with adapter_config.json).
evaluate --out OUT --model ./no/such/model => The model folder './no/such/model' does not exist
run --out OUT --set dtype=foo => the command line: dtype is 'foo', expected one of auto, float32, bfloat16.
run --out OUT --set rollout.tasks=0 => the command line, [rollout]: tasks must be >= 1, got 0.
run --out OUT --set rollout.trials=0 => the command line, [rollout]: trials must be >= 1, got 0.
run --out OUT --set rollout.batch_size=-1 => the command line, [rollout]: batch_size must be >= 1, got -1.
run --out OUT --set evaluate.tasks=0 => the command line, [evaluate]: tasks must be >= 1, got 0.
run --out OUT --set evaluate.temperature=nan => [evaluate]: temperature is nan, expected a finite number.
run --out OUT --set identify.runs=0 => the command line, [identify]: runs must be >= 1, got 0.
run --out OUT --set identify.coverage=inf => [identify]: coverage is inf, expected a finite number.
run --out OUT --set choose.tasks=-1 => the command line, [choose]: tasks is -1, expected a number >= 0.
run --out OUT --set choose.weights=[1.0,0.0] => [choose]: weights has 0.0, expected finite numbers > 0.
run --out OUT --set choose.weights=[0.5,0.5] => [choose]: weights is [0.5, 0.5], expected different numbers.
run --out OUT --set choose.weights=3 => the command line, [choose]: weights is 3, expected a list of numbers.
run --out OUT --set choose.mixture=1 => the command line, [choose]: mixture is 1, expected true or false.
run --out OUT --set choose.weight=[1.0] => the command line, [choose]: unknown key 'weight'; did you mean 'weights'?
run --out OUT --set router.prompts=0 => the command line, [router]: prompts must be >= 1, got 0.
run --out OUT --set max_capabilities=0 => the command line: max_capabilities must be >= 1, got 0.
run --out OUT --set difficulty=0 => the command line: difficulty must be >= 1, got 0.
run --out OUT --set seed=-1 => the command line: seed is -1, expected a number >= 0.
run --out OUT --set =3 => the command line: unknown key ''
run --out OUT --set train=3 => the command line: train is 3, expected a table of settings.
run --out OUT --set train.steps=1.5 => the command line, [train]: steps is 1.5, expected
run --out OUT --set synthesizer=zzz => Unknown synthesizer 'zzz'; expected one of auto, logs, cases.
run --out OUT --set model=./no/such/model => The model folder './no/such/model' does not exist
run --out OUT --config OUT/none.toml => OUT/none.toml: no such file; give a .toml or .yaml configuration file.
"""
REFUSED = [line.split(" => ") for line in TYPED.strip().splitlines()]


@pytest.mark.parametrize(("typed", "sentence"), REFUSED, ids=[typed for typed, _ in REFUSED])
def test_it_is_said_at_once_and_no_folder_is_left(
    typed: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out = str(tmp_path / "out")
    words = [word.replace("OUT", out).replace("DESK", "trace/ServiceDesk-v0") for word in shlex.split(typed)]
    assert main(words) == 1
    error = capsys.readouterr().err
    assert error.startswith("trace-gym: ")
    assert error.count("\n") == 1
    assert sentence.replace("OUT", out) in error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("dtype", ["Float32", "", "int8", "float64"])
def test_a_dtype_that_is_not_offered_names_those_that_are(dtype: str) -> None:
    with pytest.raises(UserError) as caught:
        load_model("tiny", dtype)
    assert str(caught.value) == f"dtype must be one of {', '.join(DTYPES)}, got {dtype!r}."


def numbers() -> list[tuple[str, Any]]:
    """Every setting that is a number, by its dotted key, with its default."""
    config = RunConfig()
    found = [(name, value) for name, value in vars(config).items() if type(value) in (int, float)]
    for section in SECTIONS:
        for name, value in vars(getattr(config, section)).items():
            if type(value) in (int, float):
                found.append((f"{section}.{name}", value))
    return found


@pytest.mark.parametrize(("key", "default"), numbers(), ids=[key for key, _ in numbers()])
def test_every_number_takes_its_default_and_refuses_what_is_none(key: str, default: Any) -> None:
    assert read_config(None, {key: default}) == RunConfig()
    for value in ("many", None, [1], math.nan, math.inf, -math.inf, -1):
        with pytest.raises(UserError, match=key.rpartition(".")[2]):
            read_config(None, {key: value})
