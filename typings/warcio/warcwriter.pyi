from typing import BinaryIO

from warcio.statusandheaders import StatusAndHeaders

class WARCRecord: ...

class WARCWriter:
    def __init__(self, filebuf: BinaryIO, gzip: bool = True, *, warc_version: str | None = None) -> None: ...
    def create_warc_record(
        self,
        uri: str,
        record_type: str,
        payload: BinaryIO | None = None,
        length: int | None = None,
        warc_content_type: str = "",
        warc_headers_dict: dict[str, str] | None = None,
        warc_headers: StatusAndHeaders | None = None,
        http_headers: StatusAndHeaders | None = None,
    ) -> WARCRecord: ...
    def write_record(self, record: WARCRecord, params: object = None) -> None: ...
