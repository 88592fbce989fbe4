"""A made-up bank, written as a core system would write its files."""
