"""Environments made from real tau2-bench trajectories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trace_gym import UserError, make_env, register_folder
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import label_corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.rollouts.scripted import OraclePolicy, RandomPolicy, SilentPolicy
from trace_gym.synthesis.emitter import emit
from trace_gym.synthesis.gate import check_folder
from trace_gym.synthesis.mine import mine_blueprint
from trace_gym.synthesis.synthesizers.rendering import draft_of

from ..helpers import rewards
from .test_emitter import contents

AIRLINE, RETAIL = "tau2_airline_qwen2.5-7b", "tau2_retail_gpt-4.1"
CASES = [
    (AIRLINE, "argument_grounding"),
    (AIRLINE, "structured_selection"),
    (RETAIL, "structured_selection"),
    (RETAIL, "precondition_verification"),
]


@pytest.fixture(scope="module")
def material(shared: Path) -> dict[str, tuple[Corpus, dict[str, LabelTable]]]:
    """Corpus and labels by file."""
    found = {}
    for name in (AIRLINE, RETAIL):
        corpus = Corpus.from_file(shared / "data" / "trajectories" / f"{name}.json.gz")
        found[name] = (corpus, {table.capability.name: table for table in label_corpus(corpus)})
    return found


@pytest.mark.parametrize(("file", "capability"), CASES)
def test_real_trajectories_become_a_checked_environment(
    file: str, capability: str, material: dict[str, Any], tmp_path: Path
) -> None:
    corpus, tables = material[file]
    plan = mine_blueprint(tables[capability], corpus)
    called = {c["function"]["name"] for t in corpus.trajectories for m in t.messages for c in m.get("tool_calls", ())}
    assert {tool["name"] for tool in plan["tools"]} <= called
    assert 3 <= len(plan["tools"]) <= 7
    folder = emit(draft_of(plan), tmp_path / "a")
    again = emit(draft_of(mine_blueprint(tables[capability], corpus)), tmp_path / "b")
    assert contents(folder) == contents(again)
    # the retail log gives cases for four
    assert 4 <= check_folder(folder, tasks=5)["tasks"] <= 5
    (env_id,) = register_folder(folder)
    assert env_id.startswith("trace/Tau2")
    for level in (1, 2, 3):
        env = make_env(env_id, split="evaluate", difficulty=level)
        assert rewards(env, OraclePolicy(), range(6)) == [1.0] * 6
    for policy in (SilentPolicy(), RandomPolicy()):
        assert sum(rewards(make_env(env_id), policy, range(15))) / 15 < 0.2


def test_what_a_cheat_is_paid_for_is_refused_with_the_cheat(material: dict[str, Any], tmp_path: Path) -> None:
    """Writing everything that the user names solves every mined multi-step task of the airline."""
    corpus, tables = material[AIRLINE]
    folder = emit(draft_of(mine_blueprint(tables["multi_step_completion"], corpus)), tmp_path)

    with pytest.raises(UserError, match=r"does not pass the gate: adversary\.write_everything"):
        check_folder(folder, tasks=5)
