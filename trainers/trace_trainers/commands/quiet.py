"""Silences the chatter of the libraries below, so that progress and results stay readable."""

from __future__ import annotations

import os
import warnings


def quiet() -> None:
    """Turns off advisory logging and progress bars; must run before transformers loads a model."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    # imported here: they read these variables
    import datasets
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    datasets.disable_progress_bars()
    warnings.simplefilter("ignore")
