"""How a change comes into force: `stage` writes the revision to PostgreSQL, the relay brings it onto the
stream, and `ControlTopic` is how a worker hears of it."""
