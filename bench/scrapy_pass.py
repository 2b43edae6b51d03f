"""What somebody would build instead: Scrapy, its image pipeline, and imagehash. Run by pass_speed.py.

    python bench/scrapy_pass.py ADDRESS ENROLLED_FOLDER WORK_FOLDER

Prints {"images": hashed, "found": [paths]}. Kind to Scrapy: a picture is hashed while it is decoded for
the pipeline anyway, nothing is recorded about it, and no delay is kept.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

import imagehash
import scrapy
from PIL import Image
from scrapy.crawler import CrawlerProcess
from scrapy.pipelines.images import ImagesPipeline

NEAR = 40  # bits of 256
found: list[str] = []
counted = [0]
enrolled: list[imagehash.ImageHash] = []


class HashedImages(ImagesPipeline):
    def get_images(self, response, request, info, *, item=None):
        for path, image, buffer in super().get_images(response, request, info, item=item):
            told = imagehash.phash(image, 16)
            counted[0] += 1
            if any(told - known <= NEAR for known in enrolled):
                found.append(urlsplit(request.url).path.lstrip("/"))
            yield path, image, buffer


class Board(scrapy.Spider):
    name = "board"

    def parse(self, response):
        sources = response.css("img::attr(src)").getall()
        yield {"page": response.url, "image_urls": [response.urljoin(source) for source in sources]}
        yield from response.follow_all(css="a.thread", callback=self.parse)


def main() -> None:
    address, photos, work = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    enrolled.extend(imagehash.phash(Image.open(path), 16) for path in sorted(photos.glob("*.jpg")))
    process = CrawlerProcess(
        {
            "IMAGES_STORE": work,
            "ITEM_PIPELINES": {HashedImages: 1},
            "ROBOTSTXT_OBEY": True,
            "DOWNLOAD_DELAY": 0,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
            "LOG_LEVEL": "WARNING",
            "TELNETCONSOLE_ENABLED": False,
        }
    )
    process.crawl(Board, start_urls=[address])
    process.start()
    print(json.dumps({"images": counted[0], "found": sorted(found)}))


if __name__ == "__main__":
    main()
