"""Repairing every failure of a corpus, with a progress bar."""

from __future__ import annotations

import argparse

from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.repair.attribution import Attribution, attribute
from trace_gym.cli.common import jobs_of, preparing
from trace_gym.console.progress import Progress
from trace_gym.processes import each


def attributions_of(corpus: Corpus, args: argparse.Namespace) -> dict[AttemptKey, Attribution]:
    """Returns what repair makes of the failures, in the order of the file.

    Args:
        corpus: The attempts.
        args: The parsed arguments, `--jobs` and `--envs` among them.
    """
    records = dict(zip(corpus.keys, corpus.trajectories, strict=True))
    failed = [key for key in corpus.keys if not corpus.outcomes[key]]
    progress = Progress("repair", len(failed))
    found = each(attribute, [records[key] for key in failed], jobs_of(args, len(failed)), preparing(args))
    attributions = {}
    for key, attribution in zip(failed, found, strict=True):
        attributions[key] = attribution
        progress.advance(1)
    progress.close()
    return attributions
