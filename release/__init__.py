"""What is done when a version is released (docs/releasing.md). Nothing in here ships, and nothing in here asks the
network."""
