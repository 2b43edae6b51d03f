"""Pages that need their scripts, in Chromium, whose only way out is a proxy of our own."""
