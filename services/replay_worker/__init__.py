"""Runs replays as they are asked for; see `umbra.worker.replays`."""
