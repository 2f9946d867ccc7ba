"""The optimizer for processors without bfloat16."""

import pytest
import torch
from trace_trainers.tiny_agent.muon import Float32Muon


@pytest.mark.parametrize("shape", [(24, 8), (8, 24), (16, 16)])
@pytest.mark.parametrize("adjust", ["match_rms_adamw", None])
def test_it_goes_where_that_of_torch_goes(shape, adjust):
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(shape, generator=generator)
    ours = torch.nn.Parameter(start.clone())
    theirs = torch.nn.Parameter(start.clone())
    settings = {"lr": 0.1, "weight_decay": 0.1, "adjust_lr_fn": adjust}
    optimizers = [Float32Muon([ours], **settings), torch.optim.Muon([theirs], **settings)]

    for _ in range(4):
        gradient = torch.randn(shape, generator=generator)
        ours.grad = gradient.clone()
        theirs.grad = gradient.clone()
        for optimizer in optimizers:
            optimizer.step()

    way = (theirs - start).norm()
    # bfloat16 has 8 bits
    assert (ours - theirs).norm() < 0.03 * way


def test_a_matrix_without_gradient_stays():
    weight = torch.nn.Parameter(torch.ones(2, 2))
    Float32Muon([weight], lr=0.1).step()
    assert torch.equal(weight, torch.ones(2, 2))
