"""The bank's other programs ask here: the API under `/api/v1`, the calls that go out, and the assistants' tools."""
