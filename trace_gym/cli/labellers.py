"""`--labeller` and the arguments of each kind of labeller."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.dictionary import Dictionary, read_dictionary
from trace_gym.capabilities.identify import label_corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.labellers import KINDS
from trace_gym.capabilities.labellers.best import BestLabeller
from trace_gym.capabilities.labellers.human.labeller import HumanLabeller
from trace_gym.capabilities.labellers.llm.labeller import LlmLabeller
from trace_gym.capabilities.labellers.repair import RepairLabeller
from trace_gym.cli.common import add_jobs_argument, check_least, jobs_of, preparing
from trace_gym.cli.endpoint import account_of, add_endpoint_arguments, asker_of
from trace_gym.console.progress import Progress
from trace_gym.errors import UserError
from trace_gym.synthesis.archetypes import ARCHETYPES

_OPTIONS = {"dictionary": ("llm", "human"), "endpoint": ("llm",), "model": ("llm",), "annotations": ("human",)}
"""Which kinds take an argument that others would ignore."""

_REPAIRING: dict[str, type[BestLabeller] | type[RepairLabeller]] = {"best": BestLabeller, "repair": RepairLabeller}


@dataclass(frozen=True)
class Labels:
    """What the chosen labellers made of a corpus.

    Example:
        >>> Labels([]).notes
        ()
    """

    tables: Sequence[LabelTable]
    """The labels."""
    notes: tuple[str, ...] = ()
    """What the user should know of them, a line each."""


def add_labeller_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds `--labeller` and the arguments that only some labellers take.

    Args:
        parser: The command's parser.
    """
    parser.add_argument(
        "--labeller",
        choices=sorted([*KINDS, "llm", "human"]),
        default="best",
        help="where labels come from (default: %(default)s)",
    )
    parser.add_argument(
        "--dictionary", type=Path, metavar="FILE", help="llm, human: the capabilities, from `trace-gym discover`"
    )
    parser.add_argument("--annotations", type=Path, metavar="FILE", help="human: the labels, JSONL (docs/labelling.md)")
    parser.add_argument("--passes", type=int, default=5, help="llm: independent passes (default: %(default)s)")
    parser.add_argument(
        "--show-reference", action="store_true", help="llm: show the task's own solution too, which hints at outcomes"
    )
    add_jobs_argument(parser)
    add_endpoint_arguments(parser, max_chars=60_000, temperature=1.0)


def labels_of(corpus: Corpus, args: argparse.Namespace) -> Labels:
    """Labels a corpus by the labellers that the arguments name.

    Args:
        corpus: The attempts.
        args: The parsed arguments.

    Raises:
        UserError: If an argument is missing, or is another labeller's; if the labeller cannot work.
    """
    for option, kinds in _OPTIONS.items():
        if getattr(args, option) is not None and args.labeller not in kinds:
            raise UserError(f"--{option} is for --labeller {' or '.join(kinds)}, got --labeller {args.labeller}.")

    if args.labeller == "llm":
        return _by_model(corpus, args)
    if args.labeller == "human":
        return Labels(label_corpus(corpus, [_human(args)]))
    if args.labeller in _REPAIRING:
        return _by_repair(corpus, args)
    return Labels(label_corpus(corpus, KINDS[args.labeller]))


def _by_repair(corpus: Corpus, args: argparse.Namespace) -> Labels:
    progress = Progress("label", len(corpus))
    labeller = _REPAIRING[args.labeller](progress.advance, jobs_of(args, len(corpus)), preparing(args))
    try:
        tables = label_corpus(corpus, [labeller])
    finally:
        progress.close()
    return Labels(tables, tuple(labeller.notes) if isinstance(labeller, BestLabeller) else ())


def _by_model(corpus: Corpus, args: argparse.Namespace) -> Labels:
    dictionary = _dictionary(args)
    if dictionary is None:
        raise UserError("--labeller llm needs --dictionary FILE; make one with `trace-gym discover`.")
    check_least(args, passes=1)

    asker = asker_of(args)
    progress = Progress("label", len(corpus) * args.passes)
    labeller = LlmLabeller(
        asker,
        dictionary,
        passes=args.passes,
        temperature=args.temperature,
        max_chars=args.max_chars,
        shows_reference=args.show_reference,
        progress=progress.advance,
    )
    try:
        tables = label_corpus(corpus, [labeller])
    finally:
        progress.close()
    return Labels(tables, (account_of(asker, args), *labeller.tally.notes()))


def _human(args: argparse.Namespace) -> HumanLabeller:
    if args.annotations is None:
        raise UserError("--labeller human needs --annotations FILE, JSONL (docs/labelling.md).")
    return HumanLabeller(args.annotations, _dictionary(args))


def _dictionary(args: argparse.Namespace) -> Dictionary | None:
    if args.dictionary is None:
        return None
    return read_dictionary(args.dictionary, ARCHETYPES)
