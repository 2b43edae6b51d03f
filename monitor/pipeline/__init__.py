"""What happens in one pass over one watch, in order: read `scan.scan` first."""
