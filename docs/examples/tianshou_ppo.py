"""PPO of Tianshou: python docs/examples/tianshou_ppo.py ENV_ID EPOCHS."""

import sys

import gymnasium as gym
from tianshou.algorithm import PPO
from tianshou.algorithm.modelfree.reinforce import DiscreteActorPolicy
from tianshou.algorithm.optim import AdamOptimizerFactory
from tianshou.data import Collector, VectorReplayBuffer
from tianshou.env import DummyVectorEnv
from tianshou.trainer import OnPolicyTrainerParams
from tianshou.utils.net.common import Net
from tianshou.utils.net.discrete import DiscreteActor, DiscreteCritic

import trace_gym
from trace_gym.wrappers import CandidateActions, HashedText, KeepInfo, MessageHistory


def make() -> gym.Env:
    env = HashedText(MessageHistory(gym.make(sys.argv[1]), turns=6), size=512)
    return KeepInfo(CandidateActions(env, size=96), keys=())


trace_gym.discover()
envs, env = DummyVectorEnv([make] * 4), make()
envs.seed(0)
actor = DiscreteActor(preprocess_net=Net(state_shape=512, hidden_sizes=(64,)), action_shape=64, softmax_output=False)
critic = DiscreteCritic(preprocess_net=Net(state_shape=512, hidden_sizes=(64,)))
policy = DiscreteActorPolicy(actor=actor, action_space=env.action_space, observation_space=env.observation_space)
ppo = PPO(policy=policy, critic=critic, optim=AdamOptimizerFactory(lr=1e-3), gamma=1.0, ent_coef=0.01)
collector = Collector(ppo, envs, VectorReplayBuffer(2048, 4))
for epoch in range(int(sys.argv[2])):
    one = OnPolicyTrainerParams(
        training_collector=collector, max_epochs=1, epoch_num_steps=2048, collection_step_num_env_steps=512,
        batch_size=128, update_step_num_repetitions=6, show_progress=False, verbose=False,
    )  # fmt: skip
    ppo.run_training(one)
    collector.reset()
    played = collector.collect(n_episode=32)
    print(f"epoch {epoch}: mean reward of 32 episodes {played.returns.mean():.2f}", flush=True)
