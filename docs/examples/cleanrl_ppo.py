"""PPO in one file, in the manner of CleanRL, with action masks: python docs/examples/cleanrl_ppo.py ENV_ID UPDATES."""

import sys

import gymnasium as gym
import numpy as np
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from torch import nn
from torch.distributions import Categorical

import trace_gym
from trace_gym.wrappers import CandidateActions, HashedText, MessageHistory

ENVS, STEPS, EPOCHS, MINIBATCHES = 8, 64, 4, 4
GAMMA, LAMBDA, CLIP, ENTROPY, VALUE = 1.0, 0.95, 0.2, 0.01, 0.5
SIZE, ACTIONS = 512, 96


def make(env_id: str) -> gym.Env:
    return CandidateActions(HashedText(MessageHistory(gym.make(env_id), turns=6), size=SIZE), size=ACTIONS)


class Agent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.actor = nn.Sequential(nn.Linear(SIZE, 64), nn.Tanh(), nn.Linear(64, ACTIONS))
        self.critic = nn.Sequential(nn.Linear(SIZE, 64), nn.Tanh(), nn.Linear(64, 1))

    def policy(self, observation: torch.Tensor, mask: torch.Tensor) -> Categorical:
        return Categorical(logits=self.actor(observation).masked_fill(mask == 0, -1e9))


trace_gym.discover()
torch.manual_seed(0)
envs = SyncVectorEnv([lambda: make(sys.argv[1])] * ENVS, autoreset_mode=AutoresetMode.SAME_STEP)
agent = Agent()
optimizer = torch.optim.Adam(agent.parameters(), lr=1e-3)
shape = (STEPS, ENVS)
observations, masks = torch.zeros(*shape, SIZE), torch.zeros(*shape, ACTIONS)
actions, logprobs, rewards, dones, values = (torch.zeros(shape) for _ in range(5))

observation, info = envs.reset(seed=0)
for update in range(int(sys.argv[2])):
    returns = []
    for step in range(STEPS):
        observations[step] = torch.from_numpy(observation)
        masks[step] = torch.from_numpy(info["action_mask"])
        with torch.no_grad():
            policy = agent.policy(observations[step], masks[step])
            action = policy.sample()
            values[step] = agent.critic(observations[step])[:, 0]
        actions[step], logprobs[step] = action, policy.log_prob(action)
        observation, reward, terminated, truncated, info = envs.step(action.numpy())
        rewards[step] = torch.from_numpy(reward)
        dones[step] = torch.from_numpy((terminated | truncated).astype(np.float32))
        returns += [float(r) for r, done in zip(reward, terminated | truncated, strict=True) if done]

    with torch.no_grad():
        following, advantages, running = agent.critic(torch.from_numpy(observation))[:, 0], torch.zeros(shape), 0.0
        for step in reversed(range(STEPS)):
            delta = rewards[step] + GAMMA * following * (1 - dones[step]) - values[step]
            advantages[step] = running = delta + GAMMA * LAMBDA * (1 - dones[step]) * running
            following = values[step]
    targets = (advantages + values).flatten()
    flat = [t.flatten(0, 1) for t in (observations, masks, actions, logprobs, advantages)]

    for _ in range(EPOCHS):
        for rows in torch.randperm(STEPS * ENVS).chunk(MINIBATCHES):
            seen, mask, action, logprob, advantage = (t[rows] for t in flat)
            advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
            policy = agent.policy(seen, mask)
            ratio = (policy.log_prob(action) - logprob).exp()
            gain = torch.min(ratio * advantage, ratio.clamp(1 - CLIP, 1 + CLIP) * advantage).mean()
            error = (agent.critic(seen)[:, 0] - targets[rows]).pow(2).mean()
            optimizer.zero_grad()
            (VALUE * error - gain - ENTROPY * policy.entropy().mean()).backward()
            nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
            optimizer.step()
    print(f"update {update}: mean reward of {len(returns)} episodes {np.mean(returns):.2f}", flush=True)
