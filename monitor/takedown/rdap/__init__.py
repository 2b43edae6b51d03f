"""Who hosts a place, by what registries publish.

bootstrap: which registry to ask · reading: an answer to values (in a reader) · contacts: what of it may be used ·
notices: what is said against an address
"""
