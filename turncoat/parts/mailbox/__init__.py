"""The part `mailbox`: mail that lies there, comes in, and is sent."""
