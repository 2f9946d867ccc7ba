"""Linear layers that read the same input, with their LoRA adapters, as one product where that loses nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from peft.tuners.lora.layer import Linear as LoraLinear
from torch.nn.functional import linear

from trace_trainers.engine.hf.packing import product

Lora = tuple[torch.Tensor, torch.Tensor, float]
"""The two factors of an adapter, and its scale."""
_MERGED_DTYPE = torch.float32
"""Adapters are merged in this precision alone: bfloat16 weights would round most of a small update off."""


class Projection:
    """What one or more linear layers give for the same input, side by side.

    In float32 the adapters are merged into a copy of the weights, and the copies joined. The layers' own weights are
    never written to, so nothing has to be taken out again. In other precisions the weights stay apart and the adapters
    are applied beside them, as PEFT does.

    Example:
        >>> first, second = torch.nn.Linear(2, 3), torch.nn.Linear(2, 1)
        >>> projection = Projection([first, second])
        >>> projection(torch.ones(5, 2)).shape
        torch.Size([5, 4])
    """

    def __init__(self, layers: Sequence[Any]) -> None:
        """Reads the weights as they are now.

        Args:
            layers: Layers of which `is_plain` holds.
        """
        parts = []
        for layer in layers:
            base = layer
            if isinstance(layer, LoraLinear):
                base = layer.get_base_layer()
            parts.append((base.weight, base.bias, _loras(layer)))

        if parts[0][0].dtype == _MERGED_DTYPE:
            parts = [_merged(parts)]
        self._parts = [(product(weight, bias), loras) for weight, bias, loras in parts]

    def __call__(self, states: torch.Tensor) -> torch.Tensor:
        """Applies the layers.

        Args:
            states: Shape (..., inputs).

        Returns:
            The layers' outputs side by side, shape (..., outputs).
        """
        outputs = []
        for multiply, loras in self._parts:
            output = multiply(states)
            for down, up, scale in loras:
                output = output + linear(linear(states.to(down.dtype), down), up) * scale
            outputs.append(output.to(states.dtype))
        if len(outputs) == 1:
            return outputs[0]
        return torch.cat(outputs, dim=-1)


def is_plain(layer: Any) -> bool:
    """Returns whether a layer is a linear layer with no adapters but plain LoRA, all of it readable from its weights.

    Args:
        layer: Any module.

    Example:
        >>> is_plain(torch.nn.Linear(2, 3)), is_plain(torch.nn.Identity())
        (True, False)
    """
    if type(layer) is torch.nn.Linear:
        return True
    if type(layer) is not LoraLinear or type(layer.get_base_layer()) is not torch.nn.Linear:
        return False
    if layer.fan_in_fan_out or layer.lora_variant:
        return False
    return not any(getattr(part, "bias", None) is not None for part in layer.lora_B.values())


def _loras(layer: Any) -> list[Lora]:
    """Returns the adapters that are switched on and not merged into the weights already."""
    if not isinstance(layer, LoraLinear) or layer.disable_adapters or layer.merged:
        return []
    loras = []
    for name in layer.active_adapters:
        if name in layer.lora_A:
            down: Any = layer.lora_A[name]
            up: Any = layer.lora_B[name]
            loras.append((down.weight.detach(), up.weight.detach(), float(layer.scaling[name])))
    return loras


def _merged(parts: Sequence[Any]) -> tuple[torch.Tensor, torch.Tensor | None, list[Lora]]:
    """Returns one layer that does what several do, adapters included."""
    weights = []
    biases = []
    for weight, bias, loras in parts:
        for down, up, scale in loras:
            weight = torch.addmm(weight, up.to(weight.dtype), down.to(weight.dtype), alpha=scale)
        weights.append(weight)
        if bias is None:
            bias = weight.new_zeros(len(weight))
        biases.append(bias.detach())

    joined_bias = None
    if any(bias is not None for _, bias, _ in parts):
        joined_bias = torch.cat(biases)
    return torch.cat(weights), joined_bias, []
