from __future__ import annotations

import dataclasses
import json

import pytest
from trace_trainers.policies.adapters import BASE, AdapterBank
from trace_trainers.routing.build import RouterPlan, load_or_build, load_router, prompts_of, router_scores
from trace_trainers.routing.classifier import LetterClassifier
from trace_trainers.routing.features import FeatureRouter
from trace_trainers.routing.prompts import RoutingPrompt, digest_of, emitted_prompts
from trace_trainers.routing.router import ABSTAINS, chooser

from trace_gym.env.registration import make_env
from trace_gym.errors import UserError
from trace_gym.rollouts.policy import TurnRequest
from trace_gym.synthesis.emitter import emit
from trace_gym.synthesis.gate import check_folder
from trace_gym.synthesis.load import register_folder
from trace_gym.synthesis.manifest import manifests_below
from trace_gym.synthesis.synthesizers.logs import LogsSynthesizer
from trace_gym.targets.service_desk.env import ServiceDesk


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


def test_features_tell_capabilities_apart_and_abstain(tiny, emitted):
    router = FeatureRouter(*tiny)
    router.fit(emitted_prompts(emitted, 48, held_out=False))
    held_out = emitted_prompts(emitted, 32, held_out=True)
    right = sum(c == p.label for c, p in zip(router.route(held_out), held_out, strict=True))
    assert right >= 0.9 * len(held_out)
    odd = [
        RoutingPrompt([{"role": "user", "content": text}], [])
        for text in ("café 日本 {}[]", "zzz qqq xxx " * 20, "I am mia98@mail.com. Please refund W5174.")
    ]
    assert router.route(odd).count(-1) >= 2


@pytest.mark.parametrize("count", [8, 16, 32])
def test_features_fit_few_prompts_without_abstaining_from_all(tiny, emitted, count):
    router = FeatureRouter(*tiny)
    router.fit(emitted_prompts(emitted, count, held_out=False))
    held_out = emitted_prompts(emitted, 32, held_out=True)
    chosen = router.route(held_out)
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


class TestSavedRouters:
    """A router is loaded, never retrained, as long as it belongs to what is at hand."""

    @pytest.fixture
    def plan(self, emitted):
        return RouterPlan(emitted, {name: f"Do {name}." for name in emitted}, prompts=24)

    @pytest.fixture
    def saved(self, tiny, plan, tmp_path):
        bank = AdapterBank(*tiny)
        router, _ = load_or_build(bank, plan, tmp_path / "router.json")
        return bank, router, tmp_path / "router.json"

    def test_a_loaded_router_routes_as_the_saved_one(self, saved, emitted):
        bank, router, path = saved
        prompts = emitted_prompts(emitted, 40, held_out=True)

        assert load_router(path, bank).route(prompts) == router.route(prompts)

    def test_loading_trains_nothing(self, saved, plan, monkeypatch):
        bank, router, path = saved
        monkeypatch.setattr(FeatureRouter, "fit", None)
        again, was_loaded = load_or_build(bank, plan, path)

        assert was_loaded
        assert again.kind == router.kind

    def test_saving_twice_gives_the_same_bytes(self, saved, tiny, plan, tmp_path):
        other = tmp_path / "other"
        load_or_build(AdapterBank(*tiny), plan, other / "router.json")

        for name in ("router.json", "router_features.npz"):
            assert (tmp_path / name).read_bytes() == (other / name).read_bytes()

    @pytest.mark.parametrize(
        "change",
        [
            {"prompts": 23},
            {"descriptions": {"error_recovery": "x", "multi_step_completion": "y", "result_reporting": "z"}},
        ],
    )
    def test_one_that_was_built_from_something_else_is_built_anew(self, saved, plan, change):
        bank, _, path = saved
        _, was_loaded = load_or_build(bank, dataclasses.replace(plan, **change), path)

        assert not was_loaded

    @pytest.mark.parametrize("content", ["{", "[]", '{"schema": "trace-gym/router", "version": 1}'])
    def test_a_damaged_or_older_file_is_built_anew(self, saved, plan, content):
        bank, router, path = saved
        path.write_text(content)
        again, was_loaded = load_or_build(bank, plan, path)

        assert not was_loaded
        assert again.kind == router.kind

    def test_a_router_of_another_base_is_refused(self, saved):
        bank, _, path = saved
        record = json.loads(path.read_text())
        path.write_text(json.dumps({**record, "base_fingerprint": "0" * 16}))

        with pytest.raises(UserError, match="built for another base"):
            load_router(path, bank)

    def test_an_older_version_is_one_sentence(self, saved):
        bank, _, path = saved
        path.write_text(json.dumps({**json.loads(path.read_text()), "version": 1}))

        with pytest.raises(UserError, match=r"its version is 1, this program reads version 3; delete it"):
            load_router(path, bank)

    def test_missing_parameters_are_one_sentence(self, saved):
        bank, _, path = saved
        path.write_text(json.dumps({**json.loads(path.read_text()), "chosen": "features"}))
        (path.parent / "router_features.npz").unlink()

        with pytest.raises(UserError, match="the router's parameters cannot be read"):
            load_router(path, bank)

    def test_an_unknown_kind_is_one_sentence(self, saved):
        bank, _, path = saved
        path.write_text(json.dumps({**json.loads(path.read_text()), "chosen": "dice"}))

        with pytest.raises(UserError, match="of the kind 'dice', expected one of classifier, features"):
            load_router(path, bank)


def test_a_single_environment_has_a_router_too(tiny):
    router = FeatureRouter(*tiny)
    prompts = [RoutingPrompt([{"role": "user", "content": f"Cancel W{n}."}], [], 0) for n in range(8)]
    router.fit(prompts)

    assert router.route(prompts) == [0] * 8


def test_prompts_of_a_finite_environment_are_disjoint():
    class Few(ServiceDesk):
        task_count = 7

    envs = {"few": Few()}
    learned = emitted_prompts(envs, 64, held_out=False)
    held_out = emitted_prompts(envs, 64, held_out=True)

    assert (len(learned), len(held_out)) == (4, 3)
    texts = [prompt.messages[-1]["content"] for prompt in (*learned, *held_out)]
    assert len(set(texts)) == 7


def test_the_digest_follows_prompts_and_labels():
    prompt = RoutingPrompt([{"role": "user", "content": "Hi"}], [], 0)

    assert digest_of([prompt]) == digest_of([dataclasses.replace(prompt, tools=[{"a": 1}])])
    assert digest_of([prompt]) != digest_of([dataclasses.replace(prompt, label=1)])


def test_a_chooser_names_adapters_and_abstains_to_the_base(tiny):
    class Fixed:
        kind = "fixed"

        def route(self, prompts):
            return [1, ABSTAINS]

    env = make_env("trace/ServiceDesk-v0")
    _, info = env.reset(options={"index": 0})
    requests = [TurnRequest(key, info["messages"], info["tools"], env.np_random, env) for key in (0, 1)]

    assert chooser(AdapterBank(*tiny), Fixed(), ["a", "b"])(requests) == ["b", BASE]


def test_more_capabilities_than_letters_are_refused():
    with pytest.raises(UserError, match="26 capabilities are too many to ask about by letter, at most 25"):
        LetterClassifier(None, None, ["Be kind."] * 26)


def test_a_router_file_without_its_base_is_refused_and_counts_as_none(tmp_path):
    path = tmp_path / "router.json"
    path.write_text('{"schema": "trace-gym/router", "version": 3, "chosen": "classifier"}')
    with pytest.raises(UserError, match="it has no 'base_fingerprint'"):
        router_scores(path)
    assert prompts_of(path, 64) == 64
    assert prompts_of(tmp_path / "none.json", 32) == 32
