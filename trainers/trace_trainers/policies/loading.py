"""Loads a base model and its tokenizer; what cannot be loaded is explained in one sentence."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from trace_gym.errors import UserError
from trace_trainers.tiny_agent import CHECKPOINT

TINY = "tiny"
"""The name that stands for the bundled tiny agent."""
DTYPES = ("auto", "float32", "bfloat16")
"""The types that weights may be loaded in."""
_SMALL_MODEL = 100_000_000
"""Below this many parameters float32 takes little memory, and on CPU it is faster than bfloat16."""
_SHAPE_KEYS = ("model_type", "hidden_size", "num_hidden_layers", "vocab_size")
"""What a fingerprint takes from a model's config."""


def model_path(name: str) -> str:
    """Resolves `tiny` to the bundled checkpoint; any other name is a local folder or a Hugging Face id.

    Args:
        name: What the user named.

    Example:
        >>> model_path("org/model")
        'org/model'
    """
    if name == TINY:
        return str(CHECKPOINT)
    return name


def load_tokenizer(name: str) -> Any:
    """Loads a tokenizer; one without a padding token pads with its end-of-sequence token.

    Args:
        name: `tiny`, a local folder, or a Hugging Face model id.

    Raises:
        UserError: If it cannot be loaded, or has no chat template.
    """
    path = _checked_path(name)
    # anything may be raised here: by the hub, by a file that is cut off, by code that reads an unknown format
    try:
        tokenizer = AutoTokenizer.from_pretrained(path)
    except Exception as error:
        raise UserError(f"No tokenizer could be loaded from {name!r}: {_first_line(error)}") from None

    if not tokenizer.chat_template:
        raise UserError(f"The model {name!r} has no chat template; use an instruct model, or save a template with it.")
    # padding is masked out wherever it is fed, so any id will do
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(name: str, dtype: str = "auto") -> Any:
    """Loads a causal LM in eval mode, on the accelerator if there is one.

    Args:
        name: `tiny`, a local folder, or a Hugging Face model id.
        dtype: `float32`, `bfloat16`, or `auto` (float32 for models under 100 M parameters, else the checkpoint's).

    Raises:
        UserError: If it cannot be loaded, or the dtype is unknown.
    """
    if dtype not in DTYPES:
        raise UserError(f"dtype must be one of {', '.join(DTYPES)}, got {dtype!r}.")
    path = _checked_path(name)
    torch_dtype: Any = dtype
    if dtype != "auto":
        torch_dtype = getattr(torch, dtype)
    model: Any
    try:
        model = AutoModelForCausalLM.from_pretrained(path, dtype=torch_dtype)
    except Exception as error:
        raise UserError(f"No model could be loaded from {name!r}: {_first_line(error)}") from None

    if dtype == "auto" and model.num_parameters() < _SMALL_MODEL:
        model = model.float()
    if torch.cuda.is_available():
        model = model.to("cuda")
    return model.eval()


def fingerprint(model: Any) -> str:
    """Identifies a base by its shape and weights, so that an adapter is never loaded onto another base.

    Args:
        model: A causal LM, or a PEFT model around one.

    Returns:
        16 hexadecimal digits.
    """
    core = model
    if hasattr(model, "get_base_model"):
        core = model.get_base_model()
    shape = {key: getattr(core.config, key, None) for key in _SHAPE_KEYS}
    digest = hashlib.sha256(json.dumps(shape, sort_keys=True).encode())

    # a few hundred embeddings tell two trainings of one shape apart, and hashing all weights would take seconds
    weight = core.get_input_embeddings().weight.detach().float().cpu()
    digest.update(weight[:: max(1, len(weight) // 256)].contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def _checked_path(name: str) -> str:
    """Resolves a model's name, and refuses a local folder that is missing or no model."""
    path = model_path(name)
    folder = Path(path)
    # a hub id has at most one slash; a mistyped folder must not become a download
    looks_local = name == TINY or path.startswith(("/", ".", "~")) or path.count("/") > 1
    if folder.is_dir() and not (folder / "config.json").exists():
        raise UserError(f"The model folder {name!r} has no config.json; expected a `from_pretrained` folder.")
    if looks_local and not folder.is_dir():
        raise UserError(f"The model folder {path!r} does not exist; give a local folder or a Hugging Face model id.")
    return path


def _first_line(error: Exception) -> str:
    # the libraries' messages go on for paragraphs
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:300]
