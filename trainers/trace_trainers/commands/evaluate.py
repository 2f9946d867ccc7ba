"""Compare the base and adapters on held-out tasks, with intervals and paired tests.

Examples:
  trace-gym evaluate --model tiny --adapters runs/default/adapters --envs runs/default/envs --out evaluation.json
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from trace_gym.cli.common import add_env_arg, env_arguments
from trace_gym.env.registration import make_env
from trace_gym.env.tool_env import ToolEnv
from trace_gym.errors import UserError
from trace_gym.files import write_json
from trace_gym.synthesis.load import register_folder
from trace_trainers.commands.quiet import quiet

HELP = "compare base, adapters and router on held-out tasks"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
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
        "--adapters", type=Path, metavar="DIR", help="folder of adapter folders, each named as its capability"
    )
    parser.add_argument(
        "--envs", type=Path, metavar="DIR", help="the emitted environments; with them the router is built too"
    )
    parser.add_argument("--tasks", type=int, default=256, help="held-out tasks (default: %(default)s)")
    parser.add_argument("--temperature", type=float, default=0.0, help="sampling temperature (default: %(default)s)")
    parser.add_argument("--max-new-tokens", type=int, default=128, help="longest turn (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="seed (default: %(default)s)")
    parser.add_argument(
        "--out", type=Path, default=Path("evaluation.json"), help="where to write (default: %(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Evaluates and prints the table."""
    arguments = env_arguments(args)

    def make() -> ToolEnv:
        return make_env(args.env, split=args.split, **arguments)

    make()  # so that a mistake is told before the model is loaded
    quiet()
    from trace_trainers.evaluation.evaluate import agents_of, evaluate, render
    from trace_trainers.policies.adapters import AdapterBank, Chooser
    from trace_trainers.policies.loading import load_model, load_tokenizer
    from trace_trainers.routing.select import build_router, chooser

    folders = sorted(p.parent for p in args.adapters.glob("*/adapter_config.json")) if args.adapters else []
    if args.adapters and not folders:
        raise UserError(f"{args.adapters}: holds no adapter folder (with adapter_config.json).")
    bank = AdapterBank(load_model(args.model), load_tokenizer(args.model))
    for folder in folders:
        bank.load(folder.name, folder)
    routed: Chooser | None = None
    if args.envs is not None and len(folders) > 0:
        env_ids = _env_ids(args.envs, [folder.name for folder in folders])
        envs = {name: make_env(env_id, split="train") for name, (env_id, _) in env_ids.items()}
        router = build_router(
            bank, envs, [text for _, text in env_ids.values()], args.out.with_name("router.json"), prompts=64
        )
        routed = chooser(bank, router, list(envs))
    result = evaluate(
        bank,
        agents_of(bank, routed),
        make,
        args.out.with_suffix(""),
        env_id=args.env,
        tasks=args.tasks,
        seed=args.seed,
        temperature=args.temperature,
        max_new_tokens=args.max_new_tokens,
        recorded={"env": arguments} if arguments else None,
    )
    write_json(args.out, result)
    print(render(result))
    return 0


def _env_ids(root: Path, names: list[str]) -> dict[str, tuple[str, str]]:
    """Returns (environment id, description) by capability, for the adapters at hand."""
    register_folder(root)
    found = {}
    for path in sorted(root.glob("*/blueprint.json")):
        blueprint = json.loads(path.read_text(encoding="utf-8"))
        found[blueprint["capability"]["name"]] = (blueprint["env_id"], blueprint["capability"]["description"])
    missing = [name for name in names if name not in found]
    if missing:
        raise UserError(f"{root}: holds no environment for the adapter {missing[0]!r}.")
    return {name: found[name] for name in names}
