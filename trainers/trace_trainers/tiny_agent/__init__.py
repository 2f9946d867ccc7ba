"""The bundled tiny agent: a Llama-architecture checkpoint made from scratch, with planted gaps."""

from pathlib import Path

CHECKPOINT = Path(__file__).parent / "checkpoint"
"""The bundled checkpoint, an ordinary `from_pretrained` folder."""
