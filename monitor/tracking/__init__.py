"""The life of a sighting: plain decisions, with the time passed in."""
