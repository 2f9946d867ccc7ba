from __future__ import annotations

import json

import pytest
from trace_trainers.policies.adapters import BASE, AdapterBank
from trace_trainers.routing.build import RouterPlan, load_or_build
from trace_trainers.routing.features import FeatureRouter
from trace_trainers.routing.prompts import RoutingPrompt, emitted_prompts

from trace_gym.env.registration import make_env
from trace_gym.synthesis.emitter import emit
from trace_gym.synthesis.gate import check_folder
from trace_gym.synthesis.load import register_folder
from trace_gym.synthesis.manifest import manifests_below
from trace_gym.synthesis.synthesizers.logs import LogsSynthesizer


@pytest.fixture(scope="module")
def emitted(desk_trajectories, tmp_path_factory):
    from trace_gym.capabilities.corpus import Corpus
    from trace_gym.capabilities.identify import label_corpus

    root = tmp_path_factory.mktemp("envs")
    corpus = Corpus.from_trajectories(desk_trajectories)
    names = ("multi_step_completion", "error_recovery", "result_reporting")
    for table in label_corpus(corpus):
        if table.capability.name in names:
            check_folder(emit(LogsSynthesizer().synthesize(table, corpus), root), tasks=4)
    register_folder(root)
    return {manifest.capability["name"]: make_env(manifest.env_id) for manifest in manifests_below(root)}


def test_gate_tells_capabilities_apart_and_abstains(tiny, emitted):
    gate = FeatureRouter(*tiny)
    gate.fit(emitted_prompts(emitted, 48, held_out=False))
    held_out = emitted_prompts(emitted, 32, held_out=True)
    right = sum(c == p.label for c, p in zip(gate.route(held_out), held_out, strict=True))
    assert right >= 0.9 * len(held_out)
    odd = [
        RoutingPrompt([{"role": "user", "content": text}], [])
        for text in ("café 日本 {}[]", "zzz qqq xxx " * 20, "I am mia98@mail.com. Please refund W5174.")
    ]
    assert gate.route(odd).count(-1) >= 2


@pytest.mark.parametrize("count", [8, 16, 32])
def test_gate_fits_few_prompts_without_abstaining_from_all(tiny, emitted, count):
    gate = FeatureRouter(*tiny)
    gate.fit(emitted_prompts(emitted, count, held_out=False))
    held_out = emitted_prompts(emitted, 32, held_out=True)
    chosen = gate.route(held_out)
    right = sum(c == p.label for c, p in zip(chosen, held_out, strict=True))
    assert right >= 0.7 * len(held_out), chosen


def test_the_better_router_is_taken_and_recorded(tiny, emitted, tmp_path):
    bank = AdapterBank(*tiny)
    plan = RouterPlan(emitted, dict.fromkeys(emitted, "a"), prompts=24)
    router, was_loaded = load_or_build(bank, plan, tmp_path / "router.json")
    assert not was_loaded
    record = json.loads((tmp_path / "router.json").read_text())
    scores = {kind: row["accuracy"] for kind, row in record["routers"].items()}
    assert set(scores) == {"classifier", "features"}
    assert record["chosen"] == router.kind == max(scores, key=scores.get)
    assert BASE == ""
