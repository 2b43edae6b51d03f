"""The reader's side: turns outside bytes into checked arrays with Pillow, imagehash and OpenCV, in a confined child.
`fingerprint` is its door.
"""
