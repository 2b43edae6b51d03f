"""Other photographs of one object or room: the camera has moved, and who stands in the room is another. Must not alert.

Pairs of photographs (the next of a number, the other eye of a stereo pair), and rooms and reliefs that are rendered
from two places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.kinds import Question, Trial, jpeg
from bench.photographs import Photograph
from bench.pictures import clouds

ROOMS, RELIEFS = 80, 70  # each asked both ways
SIZE = (960, 720)
FOCAL = 760.0  # pixels

Pixels = NDArray[np.uint8]
Points = NDArray[np.float64]


class Room:
    """A box of textured walls, posters, furniture and a figure, in metres: x to the right, y down, z away."""

    def __init__(self, photographs: Sequence[Photograph], random: np.random.Generator) -> None:
        self._photographs, wide, deep = photographs, random.uniform(1.8, 2.6), random.uniform(3.5, 5)
        self.deep = deep
        flat = [
            ([(-wide, -1.4, deep), (wide, -1.4, deep), (wide, 1.2, deep), (-wide, 1.2, deep)], self._paint(random)),
            ([(-wide, -1.4, -1), (-wide, -1.4, deep), (-wide, 1.2, deep), (-wide, 1.2, -1)], self._paint(random)),
            ([(wide, -1.4, deep), (wide, -1.4, -1), (wide, 1.2, -1), (wide, 1.2, deep)], self._paint(random)),
            ([(-wide, 1.2, deep), (wide, 1.2, deep), (wide, 1.2, -1), (-wide, 1.2, -1)], self._wood(random)),
        ]
        for _ in range(int(random.integers(2, 5))):  # pictures on the wall
            x, y, w, h = random.uniform(-wide, wide - 1), random.uniform(-1.2, -0.3), *random.uniform(0.5, 1.1, 2)
            z = deep - 0.02
            flat.append(([(x, y, z), (x + w, y, z), (x + w, y + h, z), (x, y + h, z)], self._picture(random)))
        for z in sorted(random.uniform(1.6, deep - 0.4, int(random.integers(3, 6))), reverse=True):  # furniture
            x, w, h = random.choice((-1, 1)) * random.uniform(0.5, wide), *random.uniform(0.4, 1.1, 2)
            corners = [(x - w / 2, 1.2 - h, z), (x + w / 2, 1.2 - h, z), (x + w / 2, 1.2, z), (x - w / 2, 1.2, z)]
            flat.append((corners, self._picture(random)))
        self.surfaces = flat

    def _picture(self, random: np.random.Generator) -> Pixels:
        image = self._photographs[int(random.integers(len(self._photographs)))].image()
        image.thumbnail((500, 500))
        return np.asarray(image)

    def _paint(self, random: np.random.Generator) -> Pixels:
        shade = random.uniform(120, 210) + random.uniform(8, 25) * clouds(random, 400, 700, 12, 0.8)
        if random.random() < 0.5:  # wallpaper
            y, x = np.mgrid[0:400, 0:700]
            shade += 14 * np.sin(x / random.uniform(4, 12)) * np.sin(y / random.uniform(4, 12))
        return (shade[..., None] * random.uniform(0.8, 1.1, 3)).clip(0, 255).astype(np.uint8)

    def _wood(self, random: np.random.Generator) -> Pixels:
        shade = 120 + 25 * clouds(random, 500, 500, 25, 0.8)
        shade[:: int(random.integers(30, 60))] -= 50
        return (shade[..., None] * np.array([1.1, 0.85, 0.6])).clip(0, 255).astype(np.uint8)

    def seen(self, place: Points, yaw: float, figure: int, random: np.random.Generator) -> Image.Image:
        """place: of the camera, metres. yaw: radians to the right. figure: which person stands there."""
        image = np.full((SIZE[1], SIZE[0], 3), 235, np.uint8)
        person = np.random.default_rng((9, figure))
        x, z = person.uniform(-0.25, 0.25), person.uniform(1.5, 2.2)
        tall, wide = person.uniform(1.55, 1.85), person.uniform(0.7, 1.0)
        top = 1.25 - tall
        body = [(x - wide / 2, top, z), (x + wide / 2, top, z), (x + wide / 2, 1.25, z), (x - wide / 2, 1.25, z)]
        for corners, texture in self.surfaces:
            _draw(image, np.array(corners), texture, None, place, yaw)
        _draw(image, np.array(body), *_person(person), place, yaw)
        image = image * random.uniform(0.9, 1.1) + random.normal(0, 2.5, image.shape)
        return Image.fromarray(image.clip(0, 255).astype(np.uint8))


def _person(random: np.random.Generator) -> tuple[Pixels, Pixels]:
    height, width = 600, 300
    y, x = np.mgrid[0:height, 0:width]
    head = ((x - 150) / random.uniform(42, 55)) ** 2 + ((y - 75) / 65) ** 2 < 1
    trunk = (np.abs(x - 150) < 75 + 30 * np.sin(y / 90 + random.uniform(0, 6))) & (y > 140)
    shade = 150 + 70 * clouds(random, height, width, random.uniform(3, 8), 0.7)
    colour = np.where(head[..., None], np.array([1.15, 0.9, 0.78]), random.uniform(0.5, 1.2, 3))
    return (shade[..., None] * colour).clip(0, 255).astype(np.uint8), (255 * (head | trunk)).astype(np.uint8)


def _draw(image: Pixels, corners: Points, texture: Pixels, mask: Pixels | None, place: Points, yaw: float) -> None:
    """Onto the image, as seen from there. What reaches behind the camera is cut off before it."""
    turn = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    seen = (corners - place) @ turn.T
    if (seen[:, 2] <= 0.05).all():
        return
    # x ~ P0 + u (P1 - P0) + v (P3 - P0): a homography from the texture, good for what lies behind as well
    plane = np.column_stack([seen[1] - seen[0], seen[3] - seen[0], seen[0]])
    camera = np.array([[FOCAL, 0, SIZE[0] / 2], [0, FOCAL, SIZE[1] / 2], [0, 0, 1]])
    matrix = camera @ plane @ np.diag([1 / texture.shape[1], 1 / texture.shape[0], 1])
    drawn = cv2.warpPerspective(texture, matrix, SIZE, flags=cv2.INTER_LINEAR)
    whole = mask if mask is not None else np.full(texture.shape[:2], 255, np.uint8)
    shown = cv2.warpPerspective(whole, matrix, SIZE, flags=cv2.INTER_LINEAR) > 127
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    back = np.linalg.inv(matrix)
    shown &= back[2, 0] * x + back[2, 1] * y + back[2, 2] > 0  # before the camera
    image[shown] = drawn[shown]


def room_pair(photographs: Sequence[Photograph], seed: int, number: int, *, moved: bool = True) -> list[Image.Image]:
    random = np.random.default_rng((seed, 1, number))
    room = Room(photographs, random)
    first = np.array([random.uniform(-0.3, 0.3), random.uniform(-0.2, 0.2), 0.0])
    step = np.array([random.choice((-1, 1)) * random.uniform(0.2, 0.6), random.uniform(-0.1, 0.1), 0])
    step[2] = random.uniform(-0.3, 0.3)
    second, yaw = (first + step, -np.arctan(step[0] / 3)) if moved else (first, 0.0)
    return [room.seen(first, 0.0, 2 * number, random), room.seen(second, yaw, 2 * number + 1, random)]


def relief_pair(photographs: Sequence[Photograph], seed: int, number: int) -> list[Image.Image]:
    """A photograph laid over hills and steps, as a toy, a table or a tower has them, seen from two places."""
    random = np.random.default_rng((seed, 2, number))
    image = np.asarray(photographs[int(random.integers(len(photographs)))].image().resize(SIZE))
    depth = clouds(random, SIZE[1], SIZE[0], random.uniform(1.5, 4), 0.5)
    near = clouds(random, SIZE[1], SIZE[0], 3, 0.5) > 0.15
    depth = cv2.GaussianBlur(depth + 1.2 * near, (0, 0), 3)
    depth -= depth.mean()
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]].astype(np.float32)
    move = random.uniform(25, 55) * depth  # pixels
    turn = random.uniform(-0.06, 0.06)
    wide, high = SIZE[0] / 2, SIZE[1] / 2
    across = (wide + (x - wide) * np.cos(turn) - (y - high) * np.sin(turn) + move).astype(np.float32)
    down = (high + (x - wide) * np.sin(turn) + (y - high) * np.cos(turn) + 0.2 * move).astype(np.float32)
    light = 1 + 0.25 * clouds(random, SIZE[1], SIZE[0], 2, 0.5)[..., None]
    other = cv2.remap(image, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT) * light
    return [Image.fromarray(image), Image.fromarray(other.clip(0, 255).astype(np.uint8))]


def of_one_scene(photographs: Sequence[Photograph]) -> list[tuple[Photograph, Photograph]]:
    """Photographs whose names differ by a number, or by which eye saw it. Those of OpenCV's chessboards stand on one
    tripod: not among them."""
    scenes: dict[str, list[Photograph]] = {}
    for item in photographs:
        if re.match(r"(kphotoalbum|lomiri|opencv-(aloe|leuven))", item.name):
            scenes.setdefault(re.sub(r"([-_]\d{1,2}|[LRAB])$", "", item.name), []).append(item)
    return [(one, other) for items in scenes.values() for one in items for other in items if one is not other]


def trials(photographs: Sequence[Photograph], seed: int) -> Iterator[Trial]:
    """A picture is never asked while its own self is enrolled: each side has a set of its own."""
    made = [(number, "room, camera moved, other person") for number in range(ROOMS)]
    made += [(number, "relief, camera moved") for number in range(RELIEFS)]
    for side in (0, 1):
        enrolled = {f"{row} {number}": partial(_side, row, photographs, seed, number, side) for number, row in made}
        asked = [Question(partial(_side, row, photographs, seed, number, 1 - side), row) for number, row in made]
        yield Trial(f"same scene, side {side + 1}", enrolled, asked)
    for one, other in of_one_scene(photographs):
        stereo = "opencv" in one.name  # one moment, a hand's breadth apart: either answer is right
        row = "stereo, not scored" if stereo else "photographs"
        yield Trial("same scene", {one.name: partial(_photograph, one)}, [Question(partial(_photograph, other), row)])


def _photograph(item: Photograph) -> bytes:
    return jpeg(item.image(), 88)


def _side(row: str, photographs: Sequence[Photograph], seed: int, number: int, side: int) -> bytes:
    make = room_pair if row.startswith("room") else relief_pair
    return jpeg(make(photographs, seed, number)[side], 85)
