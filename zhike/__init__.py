"""Zhike 知客: customer relationship management for commercial banks."""

__version__ = "0.1.0"
