"""Everything that opens a socket. Addresses learnt from outside go through `guard`; there is no other way
out."""
