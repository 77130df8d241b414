"""A provider that fails by script: faults, streams, and runs under them."""
