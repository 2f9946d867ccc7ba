"""The loop: rollout, identify, synthesize, train, route, choose, evaluate.

Each stage skips the work that its files hold.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from trace_gym.capabilities.corpus import Corpus
from trace_gym.env.registration import make_env
from trace_gym.env.task_indices import TaskIndices
from trace_gym.env.tool_env import ToolEnv
from trace_gym.errors import UserError
from trace_gym.files import write_json
from trace_gym.report.capabilities import render_capabilities
from trace_gym.report.evaluation import render_evaluation
from trace_gym.rollouts.play import Job
from trace_gym.synthesis.load import register_folder
from trace_gym.synthesis.manifest import read_manifest
from trace_gym.synthesis.synthesizers import synthesizer_named
from trace_trainers.baselines import agents_of
from trace_trainers.baselines.contest import Contest
from trace_trainers.baselines.joined import MIXTURE
from trace_trainers.evaluation.budget import Budget
from trace_trainers.evaluation.evaluate import EvaluationSettings, evaluate
from trace_trainers.pipeline.choose import choose
from trace_trainers.pipeline.config import RunConfig
from trace_trainers.pipeline.grounds import TARGET, Ground, emitted_indices, target_indices
from trace_trainers.pipeline.run_folder import RunFolder
from trace_trainers.pipeline.stages import (
    Play,
    chosen_rows,
    identify_once,
    mine,
    recorded_arguments,
    synthesize_all,
)
from trace_trainers.pipeline.trainings import Training, train_all
from trace_trainers.policies.adapters import BASE, AdapterBank, AdapterPolicy, Chooser, fixed
from trace_trainers.policies.loading import load_model, load_tokenizer
from trace_trainers.routing.build import RouterPlan, load_or_build, router_scores
from trace_trainers.routing.router import chooser


def run(config: RunConfig, root: Path, jobs: int = 1, prepare: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Runs the whole loop in one folder, continuing where an earlier call was cut off.

    Args:
        config: The configuration.
        root: The run folder.
        jobs: Adapters that are trained at once; above 1, each in a process of one thread.
        prepare: Called at the start of every such process; it must be importable.

    Returns:
        The content of `evaluation.json`.

    Raises:
        UserError: If the folder holds another run, the target has fewer tasks than are asked for, the model cannot be
            loaded, or no capability is selected.
    """
    # fail before the first stage, not after hours of training, if the configuration cannot work
    _check_tasks(config)
    load_tokenizer(config.model)
    synthesizer_named(config.synthesizer)
    folder = RunFolder(root, config)
    started = time.monotonic()

    corpus = _rollout(config, folder)
    capabilities = _identify(config, folder, corpus)
    chosen = _chosen(config, capabilities)
    envs = _synthesize(config, folder, corpus, capabilities, chosen)
    env_ids = {name: read_manifest(path).env_id for name, path in envs.items()}

    mining = Budget({"mine": len(corpus)})
    trainings = _trainings(config, folder, envs)
    training = train_all(config, trainings, jobs, prepare, folder.log)
    mixture = training.pop(MIXTURE, None)

    bank = AdapterBank(load_model(config.model, config.dtype), load_tokenizer(config.model))
    for name in env_ids:
        bank.load(name, folder.adapters / name)
    descriptions = {row["name"]: row["description"] for row in chosen}
    routed = _route(config, folder, bank, env_ids, descriptions)
    contest = Contest(bank, config.evaluate.sampling, routed, mining, training)
    folder.log("6/7 choose")
    contest = choose(config, folder, contest, _grounds(config, env_ids), mixture)
    evaluation = _evaluate(config, folder, contest)

    folder.log(f"done in {(time.monotonic() - started) / 60:.1f} minutes: {root}")
    return evaluation


def _target(config: RunConfig, split: str) -> ToolEnv:
    return make_env(config.target, split=split, difficulty=config.difficulty, **config.target_args)


def _check_tasks(config: RunConfig) -> None:
    """Checks that the target has as many tasks as rollout and evaluation ask for."""
    wanted = (
        ("mine", "rollout.tasks", config.rollout.tasks),
        (config.evaluate.split, "evaluate.tasks", config.evaluate.tasks),
    )
    for split, setting, tasks in wanted:
        count = _target(config, split).task_count
        if count is not None and tasks > count:
            raise UserError(
                f"{setting} is {tasks}, but {config.target} has {count} tasks in its split {split!r}; ask for {count} "
                "or fewer."
            )


def _rollout(config: RunConfig, folder: RunFolder) -> Corpus:
    folder.log(f"1/7 rollout: {config.model} on {config.target}")
    settings = config.rollout
    bank = AdapterBank(load_model(config.model, config.dtype), load_tokenizer(config.model))
    indices = TaskIndices.of(_target(config, "mine")).mining(settings.tasks)
    jobs = []
    for index in indices:
        for trial in range(settings.trials):
            jobs.append(Job(index, trial))

    play = Play(
        lambda: _target(config, "mine"), config.target, config.seed, settings.batch_size, config.target_args, "rollout"
    )
    policy = AdapterPolicy(bank, fixed(BASE), settings.sampling, policy_id=config.model)
    corpus = mine(folder.trajectories, policy, jobs, settings.sampling, play)
    folder.log(f"    {len(corpus)} episodes, {sum(corpus.outcomes.values()) / len(corpus):.1%} solved")
    return corpus


def _identify(config: RunConfig, folder: RunFolder, corpus: Corpus) -> dict[str, Any]:
    folder.log("2/7 identify")
    capabilities = identify_once(folder.capabilities, corpus, config.identify, config.seed)
    folder.log(render_capabilities(capabilities))
    return capabilities


def _chosen(config: RunConfig, capabilities: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The capabilities to train: those the configuration names, else the selected ones."""
    chosen = chosen_rows(capabilities, config.capabilities, config.max_capabilities)
    if not chosen:
        raise UserError(
            "No capability is selected: failures and passes do not differ enough; collect more trajectories, lower "
            "identify.delta or identify.coverage, or name capabilities in the configuration."
        )
    return chosen


def _synthesize(
    config: RunConfig,
    folder: RunFolder,
    corpus: Corpus,
    capabilities: Mapping[str, Any],
    chosen: list[dict[str, Any]],
) -> dict[str, Path]:
    """Returns the environment's folder by capability, in order; capabilities without enough material are skipped."""
    folder.log("3/7 synthesize")
    envs = synthesize_all(config.synthesizer, folder.envs, corpus, capabilities, chosen, folder.log)
    for path in envs.values():
        register_folder(path)
        folder.log(f"    {read_manifest(path).env_id}  {path}")

    if not envs:
        raise UserError("No environment could be synthesized; the lines above say why.")
    return envs


def _trainings(config: RunConfig, folder: RunFolder, envs: Mapping[str, Path]) -> list[Training]:
    """An adapter for each capability, and one for all of them where that is asked for and there are several."""
    trainings = [Training(name, (path,), folder.adapters / name) for name, path in envs.items()]
    if config.choose.mixture and len(envs) > 1:
        trainings.append(Training(MIXTURE, tuple(envs.values()), folder.candidates / MIXTURE))
    return trainings


def _route(
    config: RunConfig,
    folder: RunFolder,
    bank: AdapterBank,
    env_ids: Mapping[str, str],
    descriptions: Mapping[str, str],
) -> Chooser:
    folder.log("5/7 route")
    envs = {name: make_env(env_id, split="train") for name, env_id in env_ids.items()}
    plan = RouterPlan(envs, descriptions, config.router.prompts)
    existed = folder.router.exists()
    router, was_loaded = load_or_build(bank, plan, folder.router)
    if existed and not was_loaded:
        folder.log("    the router there was made for other environments or another base; built anew")
    for kind, score in router_scores(folder.router).items():
        mark = ""
        if kind == router.kind:
            mark = "  <- chosen"
        folder.log(f"    {kind}: {score['right']}/{score['n']} held-out emitted prompts right{mark}")
    return chooser(bank, router, list(env_ids))


def _grounds(config: RunConfig, env_ids: Mapping[str, str]) -> list[Ground]:
    """Returns the validation tasks: of the target those that were not mined, of the environments untrained ones."""
    settings = config.choose
    batch_size = config.evaluate.batch_size
    indices = target_indices(_target(config, "mine"), config.rollout.tasks, settings.tasks)
    where = Play(lambda: _target(config, "mine"), config.target, config.seed, batch_size, config.target_args)
    grounds = [Ground(TARGET, where, indices)]
    for name, env_id in env_ids.items():
        make = partial(make_env, env_id, split="train", difficulty=config.train.difficulty)
        indices = emitted_indices(make(), config.train.validation_rollouts, settings.emitted_tasks)
        grounds.append(Ground(name, Play(make, env_id, config.seed, batch_size), indices))
    return [ground for ground in grounds if ground.indices]


def _evaluate(config: RunConfig, folder: RunFolder, contest: Contest) -> dict[str, Any]:
    folder.log("7/7 evaluate")
    settings = EvaluationSettings(
        env_id=config.target,
        tasks=config.evaluate.tasks,
        seed=config.seed,
        params=config.evaluate.sampling,
        batch_size=config.evaluate.batch_size,
        recorded=recorded_arguments(config.target_args),
    )

    evaluation = evaluate(agents_of(contest), lambda: _target(config, config.evaluate.split), folder.episodes, settings)
    write_json(folder.evaluation, evaluation)
    folder.log(render_evaluation(evaluation))
    return evaluation
