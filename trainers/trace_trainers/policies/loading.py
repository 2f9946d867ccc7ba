"""Loading a base model and its tokenizer, with one clear sentence when that cannot be done."""

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
_SMALL_MODEL = 100_000_000
"""Parameters below which float32 costs nothing worth saving, and is faster on CPU."""
_SHAPE_KEYS = ("model_type", "hidden_size", "num_hidden_layers", "vocab_size")


def model_path(name: str) -> str:
    """Resolves `tiny` to the bundled checkpoint; any other name is a local folder or a Hugging Face id.

    Args:
        name: What the user named.

    Example:
        >>> model_path("org/model")
        'org/model'
    """
    return str(CHECKPOINT) if name == TINY else name


def load_tokenizer(name: str) -> Any:
    """Loads a tokenizer; one without a padding token pads with its end-of-sequence token.

    Args:
        name: `tiny`, a local folder, or a Hugging Face model id.

    Raises:
        UserError: If there is none, or it has no chat template.
    """
    path = _checked_path(name)
    try:
        tokenizer = AutoTokenizer.from_pretrained(path)
    except Exception as error:
        raise UserError(f"No tokenizer could be loaded from {name!r}: {_first_line(error)}") from None
    if not tokenizer.chat_template:
        raise UserError(f"The model {name!r} has no chat template; use an instruct model, or save a template with it.")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(name: str, dtype: str = "auto") -> Any:
    """Loads a causal LM in eval mode, on the accelerator if there is one.

    Args:
        name: `tiny`, a local folder, or a Hugging Face model id.
        dtype: `float32`, `bfloat16`, or `auto` (float32 for models under 100 M parameters, else the checkpoint's).

    Raises:
        UserError: If it cannot be loaded.
    """
    path = _checked_path(name)
    torch_dtype = dtype if dtype == "auto" else getattr(torch, dtype)
    model: Any
    try:
        model = AutoModelForCausalLM.from_pretrained(path, dtype=torch_dtype)
    except Exception as error:
        raise UserError(f"No model could be loaded from {name!r}: {_first_line(error)}") from None

    if dtype == "auto" and model.num_parameters() < _SMALL_MODEL:
        model = model.float()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return model.to(device).eval()


def fingerprint(model: Any) -> str:
    """Identifies a base by its shape and weights, so that an adapter is never put on another base.

    Args:
        model: A causal LM, or a PEFT model around one.

    Returns:
        16 hexadecimal digits.
    """
    core = model.get_base_model() if hasattr(model, "get_base_model") else model
    shape = {key: getattr(core.config, key, None) for key in _SHAPE_KEYS}
    digest = hashlib.sha256(json.dumps(shape, sort_keys=True).encode())

    # a few hundred embeddings tell two trainings apart, and hash in no time
    weight = core.get_input_embeddings().weight.detach().float().cpu()
    digest.update(weight[:: max(1, len(weight) // 256)].contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def _checked_path(name: str) -> str:
    path = model_path(name)
    folder = Path(path)
    looks_local = name == TINY or path.startswith(("/", ".", "~")) or path.count("/") > 1
    if folder.is_dir() and not (folder / "config.json").exists():
        raise UserError(f"The model folder {name!r} has no config.json; expected a `from_pretrained` folder.")
    if looks_local and not folder.is_dir():
        raise UserError(f"The model folder {path!r} does not exist; give a local folder or a Hugging Face model id.")
    return path


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:300]
