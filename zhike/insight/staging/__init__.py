"""Landed text becomes typed rows: renamed, cast, keyed by the customers and accounts of Zhike. One file per subject."""
