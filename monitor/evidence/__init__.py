"""What evidence is made of and how it is checked: pure decisions and rendering, no I/O."""
