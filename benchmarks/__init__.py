"""What Umbra costs, measured beside what it is compared with, in the same run: `make bench`.

The machine is shared and noisy, so every figure is a ratio to a baseline measured right before or after
it, several times in turn, and comes with an interval. One module per question; docs/benchmarks.md has the
answers.
"""
