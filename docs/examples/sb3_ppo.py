"""PPO of Stable-Baselines3, and MaskablePPO of its contrib: python docs/examples/sb3_ppo.py ENV_ID STEPS [--mask]."""

import sys

import gymnasium as gym
from sb3_contrib import MaskablePPO
from stable_baselines3 import PPO

import trace_gym
from trace_gym.wrappers import CandidateActions, HashedText, MessageHistory

trace_gym.discover()
env = CandidateActions(HashedText(MessageHistory(gym.make(sys.argv[1]), turns=6), size=512), size=96)
algorithm = MaskablePPO if "--mask" in sys.argv else PPO
model = algorithm("MlpPolicy", env, n_steps=512, gamma=1.0, ent_coef=0.01, seed=0, device="cpu", verbose=1)
model.learn(int(sys.argv[2]))
rewards = [episode["r"] for episode in model.ep_info_buffer]
print(f"{algorithm.__name__}: mean reward of the last {len(rewards)} episodes {sum(rewards) / len(rewards):.2f}")
