"""Who starts, watches and ends the parts of one program where systemd does not: small, without a store, a key or a
network of its own. Beside `run` it is the process that was started, and the core is its child (`watching_over`); a
command that needs a part starts one beside itself (`launcher`)."""
