"""Many evals as one: models x evals x designs x graders, under one budget."""
