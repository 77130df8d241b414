"""The simulated office: what the agent does in it, and how its replies are read."""
