"""Images in over HTTP, onto the images topic."""
