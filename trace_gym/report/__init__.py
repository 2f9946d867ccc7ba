"""Reports of results: trajectories, capabilities, evaluations."""
