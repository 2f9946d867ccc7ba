"""PPO of RLlib: python docs/examples/rllib_ppo.py ENV_ID ITERATIONS."""

import sys

import gymnasium as gym
from ray.rllib.algorithms.ppo import PPOConfig
from ray.tune.registry import register_env

import trace_gym
from trace_gym.wrappers import CandidateActions, HashedText, MessageHistory


def make(config: dict) -> gym.Env:
    trace_gym.discover()
    return CandidateActions(HashedText(MessageHistory(gym.make(config["id"]), turns=6), size=512), size=96)


register_env("trace-gym", make)
config = (
    PPOConfig()
    .environment("trace-gym", env_config={"id": sys.argv[1]})
    .env_runners(num_env_runners=0, num_envs_per_env_runner=4)
    .training(train_batch_size=1024, minibatch_size=128, num_epochs=6, gamma=1.0, lr=1e-3, entropy_coeff=0.01)
    .debugging(seed=0)
)
algorithm = config.build_algo()
for iteration in range(int(sys.argv[2])):
    result = algorithm.train()
    print(f"iteration {iteration}: mean reward {result['env_runners']['episode_return_mean']:.2f}", flush=True)
algorithm.stop()
