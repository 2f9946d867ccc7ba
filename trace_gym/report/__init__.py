"""Terminal views: progress and tables."""
