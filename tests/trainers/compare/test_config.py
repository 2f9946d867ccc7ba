"""The configuration of a comparison, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest
from trace_trainers.compare.config import CompareConfig, read_compare_config

from trace_gym.errors import UserError

ROOT = Path(__file__).resolve().parents[3]
CONFIGS = sorted((ROOT / "benchmarks" / "compare").glob("*.toml"))


def read(tmp_path: Path, text: str) -> CompareConfig:
    path = tmp_path / "x.toml"
    path.write_text(text)
    return read_compare_config(path)


def test_settings_of_methods_have_defaults_and_candidates_are_all_combinations(tmp_path: Path) -> None:
    text = "[methods.ties]\nweight = 2\nsweep = { density = [0.2, 0.5], learning_rate = [0.001, 0.003] }\n"
    config = read(tmp_path, text)
    base, ties = config.methods
    assert base.name == "base"
    assert base.candidates() == [{}]
    assert ties.settings == {"learning_rate": 0.0, "weight": 2.0, "density": 0.5}
    candidates = ties.candidates()
    assert len(candidates) == 4
    assert candidates[1] == {"learning_rate": 0.003, "weight": 2.0, "density": 0.2}


def test_the_bundled_agent_trains_as_it_does_in_a_run(tmp_path: Path) -> None:
    assert read(tmp_path, "[methods.sft]\n").train.learning_rate == 1e-3
    assert read(tmp_path, '[models]\nbig = "org/big"\n[methods.sft]\n').train.learning_rate == 1e-5


def test_models_lie_in_their_folder_but_for_the_bundled_one(tmp_path: Path) -> None:
    config = read(tmp_path, 'model_folder = "agents"\n[models]\na = "s20"\ntiny = "tiny"\n[methods.sft]\n')
    assert (config.model_path("a"), config.model_path("tiny")) == (str(Path("agents") / "s20"), "tiny")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "names no method"),
        ("[methods.ruoted]\n", "unknown method 'ruoted'; did you mean 'routed'"),
        ('capabilities = ["eror_recovery"]\n[methods.sft]\n', "did you mean 'error_recovery'"),
        ("[methods.cat]\nwieght = 1\n", "unknown setting 'wieght'; did you mean 'weight'"),
        ("[methods.base]\nweight = 1\n", "unknown setting 'weight'; it has none"),
        ('[methods.cat]\nweight = "much"\n', "weight is 'much', expected float"),
        ("[methods.cat]\nweight = true\n", "weight is True, expected float"),
        ("[methods.sft]\nepochs = -1\n", "epochs is -1, expected a number >= 0"),
        ("[methods.sft]\nepochs = 1.5\n", "epochs is 1.5, expected int"),
        ("[methods.cat]\nsweep = { weight = [] }\n", "a list of different values"),
        ("[methods.cat]\nsweep = { weight = [1.0, 1.0] }\n", "a list of different values"),
        ("[methods.cat]\nsweep = 3\n", "expected lists of values by setting"),
        ("methods = 3\n", "expected a table"),
        ("[methods]\ncat = 3\n", "expected a table of settings"),
        ("budget = 32\n[methods.sft]\n", "less than one training step may take"),
        ("budget = 540\n[methods.routed]\n", "mining takes 512 of them"),
        ("budgte = 600\n[methods.routed]\n", "unknown key 'budgte'; did you mean 'budget'"),
        ("seeds = []\n[methods.sft]\n", "at least one"),
        ("seeds = [1, 1]\n[methods.sft]\n", "different numbers"),
        ('seeds = ["a"]\n[methods.sft]\n', "a list of integers"),
        ("checkpoints = [50, 25, 100]\n[methods.sft]\n", "rising percentages"),
        ("checkpoints = [50]\n[methods.sft]\n", "the last 100"),
        ("[train]\nsteps = 3\n[methods.sft]\n", "steps cannot be set here"),
        ("[validation]\nshare = 0.9\n[methods.sft]\n", "share must be above 0"),
        ('[evaluate]\nsplit = "mine"\n[methods.sft]\n', "never mined"),
        ("[models]\na = 3\n[methods.sft]\n", "expected a plain name and a model's path"),
        ('[models]\n"a/b" = "x"\n[methods.sft]\n', "expected a plain name"),
        ("target_args = { split = 1 }\n[methods.sft]\n", "split cannot be set here"),
    ],
)
def test_a_wrong_configuration_is_refused_in_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, text)
    assert words in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_shipped_configurations_can_be_read(path: Path) -> None:
    config = read_compare_config(path)
    tuned = {len(method.candidates()) for method in config.methods if method.sweep}
    # every method that is tuned chooses among equally many; in the map and on a real model none is
    assert len(tuned) == (0 if path.stem in ("map", "real") else 1)


def test_there_are_shipped_configurations() -> None:
    assert {path.stem for path in CONFIGS} == {"quick", "full", "map", "real"}
