"""The program as a service: when each watch is visited, signals, systemd. What a visit does is in `pipeline`."""
