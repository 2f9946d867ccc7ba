"""Training one LoRA adapter per environment with TRL's GRPOTrainer."""
