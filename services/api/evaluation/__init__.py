"""Evaluation in a process of its own: seconds of arithmetic must not hold up another request."""
