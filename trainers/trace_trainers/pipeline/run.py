"""The loop: rollout, identify, synthesize, train, route, evaluate. Each stage skips what its files already hold."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from trace_gym.capabilities.capabilities_file import read_capabilities, table_of
from trace_gym.capabilities.corpus import Corpus, file_digest
from trace_gym.capabilities.identify import identify, label_corpus
from trace_gym.capabilities.selection import selected
from trace_gym.env.registration import make_env
from trace_gym.env.tool_env import ToolEnv
from trace_gym.errors import UserError
from trace_gym.files import write_json
from trace_gym.report.capabilities import render_capabilities
from trace_gym.rollouts.collect import collect
from trace_gym.rollouts.play import Job
from trace_gym.synthesis.blueprint import mine_blueprint
from trace_gym.synthesis.emitter import emit
from trace_gym.synthesis.gate import check_folder, passed
from trace_gym.synthesis.load import register_folder
from trace_trainers.evaluation.evaluate import agents_of, evaluate, render
from trace_trainers.grpo.train import train_adapter
from trace_trainers.pipeline.config import RunConfig
from trace_trainers.pipeline.run_folder import RunFolder
from trace_trainers.policies.adapters import AdapterBank
from trace_trainers.policies.hf import HFPolicy
from trace_trainers.policies.loading import load_model, load_tokenizer
from trace_trainers.routing.select import build_router, chooser


def run(config: RunConfig, root: Path) -> dict[str, Any]:
    """Runs the whole loop in the folder `root`, continuing where an earlier call was cut off.

    Returns:
        The content of `evaluation.json`.

    Raises:
        UserError: if the folder holds another run, the target has fewer tasks than are asked for, the model cannot be
            loaded, or no capability is selected.
    """
    _check_tasks(config)
    load_tokenizer(config.model)
    folder = RunFolder(root, config)
    started = time.monotonic()
    corpus = _rollout(config, folder)
    capabilities = _identify(config, folder, corpus)
    chosen = _chosen(config, capabilities)
    env_ids = _synthesize(folder, corpus, capabilities, chosen)
    for name, env_id in env_ids.items():
        _train(config, folder, name, env_id)
    evaluation = _evaluate(config, folder, env_ids, {row["name"]: row["description"] for row in chosen})
    folder.log(f"done in {(time.monotonic() - started) / 60:.1f} minutes: {root}")
    return evaluation


def _target(config: RunConfig, split: str) -> ToolEnv:
    return make_env(config.target, split=split, difficulty=config.difficulty, **config.target_args)


def _check_tasks(config: RunConfig) -> None:
    """Makes sure that all stages find their tasks, before the first of them begins."""
    for split, name, tasks in (
        ("mine", "rollout.tasks", config.rollout.tasks),
        (config.evaluate.split, "evaluate.tasks", config.evaluate.tasks),
    ):
        count = _target(config, split).task_count
        if count is not None and tasks > count:
            raise UserError(
                f"{name} is {tasks}, but {config.target} has {count} tasks in its split {split!r}; ask for {count} or "
                "fewer."
            )


def _recorded(config: RunConfig) -> dict[str, Any]:
    """What of the target is written into the episodes."""
    return {"env": dict(config.target_args)} if config.target_args else {}


def _rollout(config: RunConfig, folder: RunFolder) -> Corpus:
    folder.log(f"1/6 rollout: {config.model} on {config.target}")
    policy = HFPolicy(
        load_model(config.model, config.dtype),
        load_tokenizer(config.model),
        policy_id=config.model,
        temperature=config.rollout.temperature,
        max_new_tokens=config.rollout.max_new_tokens,
    )
    found = collect(
        folder.trajectories,
        lambda: _target(config, "mine"),
        policy,
        [Job(i, trial) for i in range(config.rollout.tasks) for trial in range(config.rollout.trials)],
        env_id=config.target,
        seed=config.seed,
        batch_size=config.rollout.batch_size,
        settings={"temperature": config.rollout.temperature, "max_new_tokens": config.rollout.max_new_tokens}
        | _recorded(config),
        label="rollout",
    )
    folder.log(f"    {len(found)} episodes, {sum(t.success for t in found) / len(found):.1%} solved")
    return Corpus.from_trajectories(found, sha256=file_digest(folder.trajectories))


def _identify(config: RunConfig, folder: RunFolder, corpus: Corpus) -> dict[str, Any]:
    folder.log("2/6 identify")
    if folder.capabilities.exists():
        found = read_capabilities(folder.capabilities, corpus)
    else:
        found = identify(corpus, label_corpus(corpus), config.identify, seed=config.seed)
        write_json(folder.capabilities, found)
    folder.log(render_capabilities(found))
    return found


def _chosen(config: RunConfig, capabilities: dict[str, Any]) -> list[dict[str, Any]]:
    rows = {row["name"]: row for row in capabilities["capabilities"]}
    unknown = [name for name in config.capabilities if name not in rows]
    if unknown:
        raise UserError(f"Unknown capability {unknown[0]!r} in the configuration; known are {', '.join(rows)}.")
    chosen = [rows[name] for name in config.capabilities] or selected(capabilities)[: config.max_capabilities]
    if not chosen:
        raise UserError(
            "No capability is selected: failures and passes do not differ enough; collect more trajectories, lower "
            "identify.delta or identify.coverage, or name capabilities in the configuration."
        )
    return chosen


def _synthesize(
    folder: RunFolder, corpus: Corpus, capabilities: dict[str, Any], chosen: list[dict[str, Any]]
) -> dict[str, str]:
    """Returns the environment id by capability name, in order; a capability without material is skipped, loudly."""
    folder.log("3/6 synthesize")
    found = {}
    for row in chosen:
        try:
            blueprint = mine_blueprint(table_of(capabilities, row["name"]), corpus)
            path = folder.envs / blueprint["folder"]
            if not passed(path):
                check_folder(emit(blueprint, folder.envs))
        except UserError as error:
            folder.log(f"    skipped {row['name']}: {error}")
            continue
        register_folder(path)
        found[row["name"]] = blueprint["env_id"]
        folder.log(f"    {blueprint['env_id']}  {path}")
    if not found:
        raise UserError("No environment could be synthesized; the lines above say why.")
    return found


def _train(config: RunConfig, folder: RunFolder, name: str, env_id: str) -> None:
    folder.log(f"4/6 train: {name}")

    def make() -> ToolEnv:
        return make_env(env_id, split="train", difficulty=config.train.difficulty)

    record = train_adapter(
        config.model,
        make,
        env_id,
        folder.adapters / name,
        config.train,
        seed=config.seed,
        name=name,
        dtype=config.dtype,
    )
    folder.log(
        f"    {record['steps']} steps, {record['rollouts']} rollouts, mean reward {record['first_reward']:.2f} -> "
        f"{record['last_reward']:.2f}"
    )


def _evaluate(
    config: RunConfig, folder: RunFolder, env_ids: dict[str, str], descriptions: dict[str, str]
) -> dict[str, Any]:
    tokenizer = load_tokenizer(config.model)
    bank = AdapterBank(load_model(config.model, config.dtype), tokenizer)
    for name in env_ids:
        bank.load(name, folder.adapters / name)
    folder.log("5/6 route")
    emitted = {name: make_env(env_id, split="train") for name, env_id in env_ids.items()}
    router = build_router(
        bank, emitted, [descriptions[name] for name in env_ids], folder.router, prompts=config.router.prompts
    )
    scores = json.loads(folder.router.read_text(encoding="utf-8"))["routers"]
    for kind, score in scores.items():
        mark = "  <- chosen" if kind == router.kind else ""
        folder.log(f"    {kind}: {score['right']}/{score['n']} held-out emitted prompts right{mark}")
    folder.log("6/6 evaluate")
    result = evaluate(
        bank,
        agents_of(bank, chooser(bank, router, list(env_ids))),
        lambda: _target(config, config.evaluate.split),
        folder.episodes,
        env_id=config.target,
        tasks=config.evaluate.tasks,
        seed=config.seed,
        temperature=config.evaluate.temperature,
        max_new_tokens=config.evaluate.max_new_tokens,
        batch_size=config.evaluate.batch_size,
        recorded=_recorded(config),
    )
    result["router"] = router.kind
    write_json(folder.evaluation, result)
    folder.log(render(result))
    return result
