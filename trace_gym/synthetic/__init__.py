"""What emitted environments are made of."""
