"""Alerts on their way: to the person, and to nobody else."""
