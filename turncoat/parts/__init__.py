"""World parts: what an office is made of. A scenario switches them on under `world:`."""
