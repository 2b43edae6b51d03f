"""PostgreSQL as the store of an installation with many cases or machines. Imported only where it is one."""
