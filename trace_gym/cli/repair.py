"""Find, for each failed episode, the smallest repair under which its target's own evaluator passes.

What the repair changes names the capability that the agent lacked; whether the agent could have known better says whose
fault the failure is. Works where the target can be executed: the service desk, emitted environments, tau2-bench and
tau-bench v1 logs, AgentDojo, BFCL multi-turn. Every repair is verified by execution.

Examples:
  trace-gym repair trajectories.jsonl
  trace-gym repair results/airline.json.gz --out attributions.jsonl
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from trace_gym.capabilities.corpus import Corpus
from trace_gym.cli.attributions import attributions_of
from trace_gym.cli.common import add_jobs_argument, register_envs
from trace_gym.files import write_atomic
from trace_gym.report.attribution import render_attributions

HELP = "find the smallest repair of each failed episode, and what it shows to be lacking"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    parser.add_argument("trajectories", type=Path, help="a file or folder of trajectories")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write one JSON line per failed episode")
    parser.add_argument("--envs", type=Path, metavar="DIR", help="folder of emitted environments to register first")
    add_jobs_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Repairs every failed episode and prints what that shows.

    Args:
        args: The parsed arguments.

    Returns:
        0; 1 if no episode failed, or none can be executed.
    """
    register_envs(args)
    corpus = Corpus.from_file(args.trajectories)
    attributions = list(attributions_of(corpus, args).values())

    if args.out is not None:
        lines = [json.dumps(attribution.to_json(), ensure_ascii=False) for attribution in attributions]
        write_atomic(args.out, "".join(f"{line}\n" for line in lines))
    print(render_attributions(attributions, len(corpus)))
    if not any(attribution.verdict.evaluations for attribution in attributions):
        return 1
    return 0
