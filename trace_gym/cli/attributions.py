"""Repairing every failure of a corpus, with a progress bar."""

from __future__ import annotations

from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.repair.attribution import Attribution, attribute
from trace_gym.console.progress import Progress


def attributions_of(corpus: Corpus) -> dict[AttemptKey, Attribution]:
    """Returns what repair makes of the failures, in the order of the file.

    Args:
        corpus: The attempts.
    """
    failed = [key for key in corpus.keys if not corpus.outcomes[key]]
    records = dict(zip(corpus.keys, corpus.trajectories, strict=True))
    progress = Progress("repair", len(failed))
    attributions = {}
    for key in failed:
        attributions[key] = attribute(records[key])
        progress.advance(1)
    progress.close()
    return attributions
