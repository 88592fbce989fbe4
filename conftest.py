"""Every test of the house stands on these fixtures; docs/testing.md says which to ask for."""

pytest_plugins = ["zhike.testing.databases", "zhike.testing.people", "zhike.testing.browser"]
