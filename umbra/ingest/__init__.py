"""How an image gets onto the images topic, by ingest and by `umbra send` alike."""
