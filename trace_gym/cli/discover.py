r"""Have a language model propose the capabilities an agent lacks, once, and keep them as a dictionary.

The model reads some failed and some passed episodes side by side and proposes at most ten capabilities. The dictionary
is a file to be read and edited: `trace-gym identify --labeller llm --dictionary FILE` labels every attempt by it,
without knowing the outcomes. One that is there is never written over.

Examples:
  trace-gym discover trajectories.jsonl --endpoint http://127.0.0.1:8000/v1 --model my-model --out dictionary.json
  trace-gym discover results.json.gz --endpoint https://api.openai.com/v1 --model gpt-4o-mini --failed 10 --passed 5 \
    --price-in 0.15 --price-out 0.60
"""

from __future__ import annotations

import argparse
from pathlib import Path

from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.dictionary import Dictionary
from trace_gym.capabilities.discovery import discover, draw_examples
from trace_gym.cli.common import check_least
from trace_gym.cli.endpoint import account_of, add_endpoint_arguments, asker_of
from trace_gym.console.printable import printable
from trace_gym.errors import UserError
from trace_gym.files import write_json
from trace_gym.synthesis.archetypes import ARCHETYPES

HELP = "have a language model propose the capabilities an agent lacks, as a dictionary"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Args:
        parser: The command's parser.
    """
    parser.add_argument("trajectories", type=Path, help="a file or folder of trajectories")
    parser.add_argument(
        "--out", type=Path, default=Path("dictionary.json"), help="where to write (default: %(default)s)"
    )
    parser.add_argument("--failed", type=int, default=6, help="failed episodes to read (default: %(default)s)")
    parser.add_argument("--passed", type=int, default=6, help="passed episodes to read (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the drawing of episodes (default: %(default)s)")
    add_endpoint_arguments(parser, max_chars=12_000, temperature=0.0)


def run(args: argparse.Namespace) -> int:
    """Asks the model, and writes and prints its proposal.

    Args:
        args: The parsed arguments.
    """
    check_least(args, failed=1, passed=1, seed=0)
    if args.out.exists():
        raise UserError(f"{args.out}: is there already, and people edit dictionaries; choose another --out.")

    asker = asker_of(args)
    corpus = Corpus.from_file(args.trajectories)
    examples = draw_examples(corpus, args.failed, args.passed, args.seed)
    # the first line of each archetype says what its environments train
    archetypes = {name: (archetype.__doc__ or "").partition("\n")[0] for name, archetype in ARCHETYPES.items()}
    dictionary = discover(corpus, examples, archetypes, asker, temperature=args.temperature, max_chars=args.max_chars)

    write_json(args.out, dictionary.to_json())
    print(_listed(dictionary))
    print(
        f"\n{args.out}: {len(dictionary.entries)} capabilities, from {len(examples.failed)} failed and "
        f"{len(examples.passed)} passed episodes; read and edit it before labelling"
    )
    print(account_of(asker, args))
    return 0


def _listed(dictionary: Dictionary) -> str:
    lines = []
    for entry in dictionary.entries:
        lines.append(f"{entry.name}: {printable(entry.description)}")
        lines.append(f"    archetype: {entry.archetype or 'none fits'}")
    return "\n".join(lines)
