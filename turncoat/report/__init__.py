"""Rates as charts, as tables and as one self-contained page."""
