"""What can be run: the Inspect tasks, how they start and stop, and what they will take."""
