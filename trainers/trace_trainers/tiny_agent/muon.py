"""Muon for processors without bfloat16."""

from __future__ import annotations

import math
from typing import Any

import torch


class Float32Muon(torch.optim.Muon):
    """torch's Muon, orthogonalized in float32.

    torch multiplies in bfloat16. A processor that has no such instructions emulates them: a step of the tiny agent then
    takes 4 s, with this optimizer 0.6.

    Example:
        >>> weight = torch.nn.Parameter(torch.zeros(2, 2))
        >>> optimizer = Float32Muon([weight], lr=1.0, weight_decay=0.0)
        >>> weight.grad = torch.eye(2)
        >>> optimizer.step()
        >>> bool(weight[0, 0] < -0.5)
        True
    """

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Takes a step.

        Args:
            closure: Not used.
        """
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    _update(parameter, parameter.grad, self.state[parameter], group)


def _update(parameter: torch.Tensor, gradient: torch.Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
    if "momentum_buffer" not in state:
        state["momentum_buffer"] = torch.zeros_like(gradient)
    momentum = state["momentum_buffer"]
    momentum.lerp_(gradient, 1 - group["momentum"])
    update = momentum
    if group["nesterov"]:
        update = gradient.lerp(momentum, group["momentum"])

    rate = group["lr"]
    parameter.mul_(1 - rate * group["weight_decay"])
    # `match_rms_adamw`: https://arxiv.org/abs/2502.16982, section 2.2
    scale = 0.2 * math.sqrt(max(parameter.shape))
    if group["adjust_lr_fn"] != "match_rms_adamw":
        scale = math.sqrt(max(1.0, parameter.shape[0] / parameter.shape[1]))
    parameter.add_(_orthogonalized(update, group), alpha=-rate * scale)


def _orthogonalized(matrix: torch.Tensor, group: dict[str, Any]) -> torch.Tensor:
    """Newton-Schulz iterations (https://kellerjordan.github.io/posts/muon), of the matrix that is wider than high."""
    a, b, c = group["ns_coefficients"]
    is_high = matrix.shape[0] > matrix.shape[1]
    wide = matrix.T if is_high else matrix
    wide = wide / wide.norm().clamp(min=group["eps"])
    for _ in range(group["ns_steps"]):
        gram = wide @ wide.T
        wide = a * wide + (b * gram + c * gram @ gram) @ wide
    return wide.T if is_high else wide
