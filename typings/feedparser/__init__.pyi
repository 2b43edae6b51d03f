from collections.abc import Mapping
from typing import Any

def parse(
    url_file_stream_or_string: bytes,
    etag: str | None = ...,
    modified: str | None = ...,
    agent: str | None = ...,
    referrer: str | None = ...,
    handlers: object | None = ...,
    request_headers: Mapping[str, str] | None = ...,
    response_headers: Mapping[str, str] | None = ...,
    resolve_relative_uris: bool | None = ...,
    sanitize_html: bool | None = ...,
) -> Any: ...
