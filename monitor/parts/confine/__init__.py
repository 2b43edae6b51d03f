"""What a part of this program gives up before it meets anything from outside.

`core`, `fetcher` and `browser` say what each of the three gives up, a reader says it in `reader.child.confine`. They
are made of the same layers: `seccomp` (system calls), `landlock` (files, TCP, signals), `privileges` (users,
capabilities, new rights), `memory` (closed to others). Only ctypes is needed: libraries for these are old or
pre-release.

A layer that this kernel lacks is said (`layers.Confinement`), in the part's greeting and by `doctor`; never silently
none. What holds is tried from inside (`attempts`), not believed.
"""
