"""What to visit next, how politely, and what an answer means. Pure: no sockets, no clock, no files but its
own data."""
