"""A worker that is only compared: `umbra.worker` in a shadow slot."""
