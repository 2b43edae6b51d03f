"""The page on which a person decides, in a process of its own, on loopback. It opens no way to any network.

`application.py` joins the parts; `door` lets one person in; `pages/` answer what is asked through `port/`, plain values
alone; `local/` answers the port over the services of an opened store.
"""
