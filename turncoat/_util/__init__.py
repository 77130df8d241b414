"""What every room may use: errors for people, where data lies, Inspect's private names."""
