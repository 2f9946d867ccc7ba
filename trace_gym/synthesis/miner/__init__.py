"""Mining a blueprint from trajectories: tools, roles, phrasings."""
