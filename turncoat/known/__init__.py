"""Models whose conduct is known: they measure the harness, not a model."""
