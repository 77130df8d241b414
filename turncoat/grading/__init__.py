"""From conduct to verdict, and from verdicts to the scores that Inspect records."""
