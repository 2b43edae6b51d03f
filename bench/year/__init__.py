"""A simulated year on forty-five small places, judged by a script that knows the truth. `python -m bench.year`.

`bank` has the pictures, `web` serves them on loopback, `markup` is what sites write, `place` and `kinds` are what they
do, `rows` is the list, `truth` says what stands where on each day and judges what the program made of it, `simulate`
lets the days pass.
"""
