"""Audiences: conditions under a name, counted, broken down, laid over each other; segments with their history; tags by rule."""
