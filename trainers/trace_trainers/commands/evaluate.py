"""Compare the base and adapters on held-out tasks, with intervals and paired tests.

Examples:
  trace-gym evaluate --model tiny --adapters runs/default/adapters --envs runs/default/envs --out evaluation.json
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from trace_gym.cli.common import add_env_arg, check_least, env_arguments
from trace_gym.env.registration import make_env
from trace_gym.env.tool_env import ToolEnv
from trace_gym.errors import UserError
from trace_gym.files import read_json, write_json
from trace_gym.report.evaluation import render_evaluation
from trace_gym.rollouts.sampling_params import SamplingParams
from trace_gym.synthesis.load import register_folder
from trace_gym.synthesis.manifest import Manifest, manifests_below
from trace_trainers.commands.prepare import prepare

if TYPE_CHECKING:
    from trace_trainers.evaluation.budget import Budget
    from trace_trainers.policies.adapters import AdapterBank, Chooser

HELP = "compare base, adapters and router on held-out tasks"
_ROUTER_PROMPTS = 64
_ROUTER = "router.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    parser.add_argument(
        "--model", default="tiny", help="`tiny`, a local folder, or a Hugging Face id (default: %(default)s)"
    )
    parser.add_argument("--env", default="trace/ServiceDesk-v0", metavar="ID", help="target (default: %(default)s)")
    add_env_arg(parser)
    parser.add_argument(
        "--split",
        default="evaluate",
        choices=("evaluate", "test"),
        help="held-out tasks, `test` where the target has official ones (default: %(default)s)",
    )
    parser.add_argument(
        "--adapters",
        type=Path,
        metavar="DIR",
        help="folder of adapter folders, each named as its capability, or the folder chosen/ of a run",
    )
    parser.add_argument(
        "--envs",
        type=Path,
        metavar="DIR",
        help="the emitted environments; with them the routed agent takes part, by the router.json beside --out or a "
        "new one",
    )
    parser.add_argument("--tasks", type=int, default=256, help="held-out tasks (default: %(default)s)")
    parser.add_argument("--temperature", type=float, default=0.0, help="sampling temperature (default: %(default)s)")
    parser.add_argument("--max-new-tokens", type=int, default=128, help="longest turn (default: %(default)s)")
    parser.add_argument(
        "--max-context",
        type=int,
        default=4096,
        help="tokens at which a conversation is ended (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0, help="seed (default: %(default)s)")
    parser.add_argument(
        "--out", type=Path, default=Path("evaluation.json"), help="where to write (default: %(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Evaluates the agents and prints the table.

    Args:
        args: The parsed arguments.

    Raises:
        UserError: If the environment, the model, an adapter or a number cannot be used.
    """
    arguments = env_arguments(args)
    check_least(args, tasks=1, seed=0)
    params = _params(args)

    def make() -> ToolEnv:
        return make_env(args.env, split=args.split, **arguments)

    # fail before the model is loaded if the environment cannot be made
    make()
    prepare()
    from trace_trainers.baselines import agents_of
    from trace_trainers.baselines.contest import Contest
    from trace_trainers.evaluation.evaluate import EvaluationSettings, evaluate
    from trace_trainers.policies.adapters import AdapterBank
    from trace_trainers.policies.loading import load_model, load_tokenizer

    folders = _adapter_folders(args.adapters)
    bank = AdapterBank(load_model(args.model), load_tokenizer(args.model))
    for folder in folders:
        bank.load(folder.name, folder)
    routed = _routed(args, bank)
    training = {folder.name: _training_budget(folder) for folder in folders}

    recorded = {"env": arguments} if arguments else {}
    settings = EvaluationSettings(args.env, args.tasks, args.seed, params, recorded=recorded)
    agents = agents_of(Contest(bank, params, routed, training=training))
    evaluation = evaluate(agents, make, args.out.with_suffix(""), settings)
    write_json(args.out, evaluation)
    print(render_evaluation(evaluation))
    return 0


def _params(args: argparse.Namespace) -> SamplingParams:
    try:
        return SamplingParams(args.temperature, args.max_new_tokens, args.max_context)
    except ValueError as error:
        raise UserError(f"--{error}".replace("_", "-", 2)) from None


def _adapter_folders(root: Path | None) -> list[Path]:
    if root is None:
        return []
    if (root / "adapter_config.json").exists():
        return [root]
    place = root
    # a router with its adapters
    if (root / _ROUTER).exists():
        place = root / "adapters"
    folders = sorted(path.parent for path in place.glob("*/adapter_config.json"))
    if not folders:
        raise UserError(f"{root}: holds no adapter folder (with adapter_config.json).")
    return folders


def _training_budget(folder: Path) -> Budget:
    """What an adapter's training cost, as its record says; a foreign adapter's is unknown and counts nothing."""
    from trace_trainers.evaluation.budget import Budget

    path = folder / "trace_adapter.json"
    if not path.exists():
        return Budget()
    return Budget({f"train {folder.name}": int(read_json(path).get("rollouts", 0))})


def _routed(args: argparse.Namespace, bank: AdapterBank) -> Chooser | None:
    """Loads the router among the adapters; with `--envs` the one beside `--out` if it fits, else builds it."""
    if not bank.names:
        return None
    if args.envs is None:
        return _saved_router(args.adapters / _ROUTER, bank)
    from trace_trainers.routing.build import RouterPlan, load_or_build, prompts_of
    from trace_trainers.routing.router import chooser

    manifests = _manifests(args.envs, bank.names)
    envs = {name: make_env(manifest.env_id, split="train") for name, manifest in manifests.items()}
    descriptions = {name: manifest.capability["description"] for name, manifest in manifests.items()}
    path = args.out.with_name(_ROUTER)
    # a run may have built its router from another number; it is the same router then
    prompts = prompts_of(path, _ROUTER_PROMPTS)
    existed = path.exists()
    router, was_loaded = load_or_build(bank, RouterPlan(envs, descriptions, prompts), path)
    if was_loaded:
        print(f"{path}: loaded the {router.kind} router")
    elif existed:
        print(f"{path}: built anew, as it was made for another base, other capabilities or other environments")
    return chooser(bank, router, list(envs))


def _saved_router(path: Path, bank: AdapterBank) -> Chooser | None:
    if not path.exists():
        return None
    from trace_trainers.routing.build import capabilities_of, load_router
    from trace_trainers.routing.router import chooser

    names = capabilities_of(path)
    missing = [name for name in names if name not in bank.names]
    if missing:
        raise UserError(f"{path}: the router chooses {missing[0]!r}, and there is no such adapter beside it.")
    return chooser(bank, load_router(path, bank), names)


def _manifests(root: Path, adapters: list[str]) -> dict[str, Manifest]:
    """Returns the manifest of each adapter's environment."""
    register_folder(root)
    by_capability = {manifest.capability["name"]: manifest for manifest in manifests_below(root)}
    missing = [name for name in adapters if name not in by_capability]
    if missing:
        raise UserError(f"{root}: holds no environment for the adapter {missing[0]!r}.")
    return {name: by_capability[name] for name in adapters}
