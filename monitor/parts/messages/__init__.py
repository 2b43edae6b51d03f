"""What may pass between two parts, stated once, with maxima. Nothing else does."""
