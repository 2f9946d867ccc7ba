"""Batches of service-desk episodes played by the tiny agent."""

from __future__ import annotations

from trace_trainers.policies.hf import HFPolicy

from trace_gym.env.registration import make_env
from trace_gym.rollouts.play import Job, play_batch

ENV = "trace/ServiceDesk-v0"


def play(tiny, count, temperature=1.0, seed=0, batch=None, **limits):
    model, tokenizer = tiny
    policy = HFPolicy(model, tokenizer, policy_id="tiny", temperature=temperature, **limits)
    envs = [make_env(ENV, split="mine") for _ in range(count)]
    jobs = [Job(i) for i in range(count)]
    found, rows = [], []
    for start in range(0, count, batch or count):
        part = jobs[start : start + (batch or count)]
        found += play_batch(envs, policy, part, seed=seed, env_id=ENV)
        rows += [policy.transcripts[key] for key in range(len(part))]
    return found, rows
