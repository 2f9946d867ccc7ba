"""What the methods of a group share: the pool, what it gave, and the base's episodes on the held-out tasks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from trace_gym.env.task_indices import TaskIndices
from trace_gym.files import read_versioned, write_json
from trace_gym.rollouts.play import Job
from trace_gym.trajectories.record import Trajectory
from trace_trainers.baselines.lab import Lab, Mined, Rules, base_policy
from trace_trainers.baselines.pool import draw_pool
from trace_trainers.baselines.spending import Spending
from trace_trainers.compare.cells import Cell, Group, base_file, shared_folder
from trace_trainers.compare.config import CompareConfig
from trace_trainers.evaluation.comparison import BASE_AGENT
from trace_trainers.pipeline.stages import Play, chosen_rows, identify_once, mine, synthesize_all

SCHEMA = "trace-gym/compare-mined"
VERSION = 1
HELD_OUT_SCHEMA = "trace-gym/compare-held-out"


def rules_of(config: CompareConfig) -> Rules:
    """Returns what is the same for every method.

    Args:
        config: The comparison's configuration.
    """
    return Rules(
        config.target,
        budget=config.budget,
        target_args=config.target_args,
        difficulty=config.difficulty,
        shares=config.checkpoints,
        train=config.train,
        collecting=config.mining.sampling,
        mining=config.mining.rollouts,
        choosing=config.validation.sampling,
        validation=config.validation.rollouts,
        params=config.evaluate.sampling,
        batch_size=config.evaluate.batch_size,
        prompts=config.router.prompts,
    )


def lab_of(config: CompareConfig, root: Path, cell: Cell) -> Lab:
    """Returns a method's place of work, with what was mined if it was.

    Args:
        config: The comparison's configuration.
        root: The run folder.
        cell: The cell.
    """
    group = cell.group
    rules = rules_of(config)
    lab = Lab(
        rules,
        root,
        cell.folder(root),
        shared_folder(root, group),
        pool=None,  # type: ignore[arg-type]
        model=config.model_path(group.model),
        dtype=config.dtype,
        seed=group.seed,
        spending=Spending(root),
    )
    pool = draw_pool(
        lab.make_target("mine"), group.pool, config.validation.share, config.validation.rollouts, group.seed
    )
    return dataclasses.replace(lab, pool=pool, mined=_read_mined(lab.shared))


def mine_group(config: CompareConfig, root: Path, group: Group, log: Callable[[str], None]) -> None:
    """Mines a pool, identifies, and synthesizes; what the files hold already is not done again.

    Args:
        config: The comparison's configuration.
        root: The run folder.
        group: The group.
        log: Is told what happened.
    """
    lab = lab_of(config, root, Cell("mining", group))
    path = lab.shared / "mined.json"
    if path.exists():
        return
    rules = lab.rules
    where = Play(lambda: lab.make_target("mine"), rules.env_id, group.seed, rules.batch_size, rules.target_args, "mine")
    policy = base_policy(lab.bank(), rules.collecting, group.model)
    jobs = lab.pool.jobs(rules.mining)
    corpus = mine(lab.shared / "trajectories.jsonl", policy, jobs, rules.collecting, where)
    solved = sum(corpus.outcomes.values())
    log(f"{group.name}: mined {len(corpus)} episodes, {solved / len(corpus):.1%} solved")

    capabilities = identify_once(lab.shared / "capabilities.json", corpus, config.identify, group.seed)
    chosen = chosen_rows(capabilities, config.capabilities, config.max_capabilities)
    said: list[str] = []
    envs = synthesize_all(config.synthesizer, lab.shared / "envs", corpus, capabilities, chosen, said.append)
    for line in said:
        log(line)

    reason = ""
    if not chosen:
        reason = f"nothing contrasts: {solved} of {len(corpus)} mined episodes succeeded, and no capability is selected"
    elif not envs:
        # a record says the same wherever the run folder lies
        reason = f"no environment could be made: {said[0].strip()}".replace(f"{root}/", "")
    rows = []
    for row in chosen:
        if row["name"] in envs:
            rows.append({"name": row["name"], "description": row["description"], "folder": envs[row["name"]].name})
    log(f"{group.name}: {', '.join(row['name'] for row in rows) or reason}")
    write_json(
        path, {"schema": SCHEMA, "version": VERSION, "pool": lab.pool.to_json(), "reason": reason, "capabilities": rows}
    )


def mined_files(shared: Path) -> list[Path]:
    """Returns the files and folders that mining leaves.

    Args:
        shared: The group's folder.
    """
    return [shared / name for name in ("trajectories.jsonl", "capabilities.json", "envs", "mined.json")]


def play_base(config: CompareConfig, root: Path, group: Group) -> list[Trajectory]:
    """Plays the base on the held-out tasks, and returns its episodes.

    Args:
        config: The comparison's configuration.
        root: The run folder.
        group: The group.
    """
    lab = lab_of(config, root, Cell(BASE_AGENT, group))
    policy = base_policy(lab.bank(), lab.rules.params, BASE_AGENT)
    return play_held_out(config, lab, policy, base_file(root, group))


def play_held_out(config: CompareConfig, lab: Lab, policy: object, out: Path) -> list[Trajectory]:
    """Plays an agent on the held-out tasks.

    Args:
        config: The comparison's configuration.
        lab: The place of work.
        policy: The agent's policy.
        out: Gets the episodes.
    """
    split = config.evaluate.split
    indices = TaskIndices.of(lab.make_target(split)).evaluation(config.evaluate.tasks)
    jobs = [Job(index) for index in indices]
    return lab.play(out, policy, jobs, lambda: lab.make_target(split), lab.rules.env_id, lab.rules.params)  # type: ignore[arg-type]


def write_held_out(config: CompareConfig, root: Path) -> None:
    """Writes what each held-out task privately needs.

    Args:
        config: The comparison's configuration.
        root: The run folder.

    Raises:
        UserError: If the split has fewer tasks than are asked for.
    """
    path = root / "held_out.json"
    if path.exists():
        return
    lab = lab_of(config, root, Cell(BASE_AGENT, Group(next(iter(config.models)), config.pools[0], config.seeds[0])))
    env = lab.make_target(config.evaluate.split)
    needs = []
    for index in TaskIndices.of(env).evaluation(config.evaluate.tasks):
        # needs are not part of a trajectory: they would tell a labeller the answer
        env.reset(options={"index": index})
        needs.append(list(env.episode.task.needs))
    write_json(path, {"schema": HELD_OUT_SCHEMA, "version": VERSION, "split": config.evaluate.split, "needs": needs})


def read_needs(root: Path) -> list[list[str]]:
    """Returns what each held-out task needs, in their order.

    Args:
        root: The run folder.

    Raises:
        UserError: If the file is missing or damaged.
    """
    path = root / "held_out.json"
    needs: list[list[str]] = read_versioned(path, HELD_OUT_SCHEMA, VERSION, advice="compare anew")["needs"]
    return needs


def _read_mined(shared: Path) -> Mined:
    path = shared / "mined.json"
    if not path.exists():
        return Mined(reason="nothing was mined yet")
    record = read_versioned(path, SCHEMA, VERSION, advice="delete the run folder and compare anew")
    envs = {row["name"]: shared / "envs" / row["folder"] for row in record["capabilities"]}
    descriptions = {row["name"]: row["description"] for row in record["capabilities"]}
    return Mined(envs, descriptions, record["reason"])
