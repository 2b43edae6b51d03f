"""The child's side: only what a reader starts imports it (import-linter holds that)."""
