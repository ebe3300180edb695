"""Umbra's processes, in the order images travel: see README.md beside this file."""
