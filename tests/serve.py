"""A local server that does what the course's host does: gzip, and the policy as an HTTP header.

The headers are read from the `_headers` file of the built book. Pages can be planted beside the
real ones, in memory, to show that a check finds a defect; the folder is never changed.
"""

import gzip
import mimetypes
import re
import threading
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from techpolitik.book.browser import HOST

TEXT = re.compile(r"text/|json|javascript|svg|xml")


def headers_for_all(folder: Path) -> dict[str, str]:
    """Read the headers that `_headers` sets for every address."""
    rows = (folder / "_headers").read_text("utf-8").splitlines()
    assert rows[0] == "/*", f"{folder / '_headers'} begins with {rows[0]!r}, expected '/*'"
    return dict(row.strip().split(": ", 1) for row in rows[1:] if row.strip())


class Site:
    """A running server: its address, the pages planted in it and what it has sent."""

    def __init__(self, folder: Path):
        self.folder = folder.resolve()
        self.headers = headers_for_all(folder)
        self.planted: dict[str, bytes] = {}
        self.sent: list[tuple[str, int, int]] = []
        self.packed: dict[bytes, bytes] = {}
        self.url = ""

    def plant(self, path: str, text: str) -> str:
        """Serve `text` at `path` and give its address."""
        self.planted[path] = text.encode()
        return self.url + path

    def content(self, path: str) -> tuple[bytes, float] | None:
        """Give the bytes at a path and when they were last changed; None if nothing is there."""
        if path in self.planted:
            return self.planted[path], 0
        file = (self.folder / path).resolve()
        if file.is_dir():
            file = file / "index.html"
        if not file.is_file() or not file.is_relative_to(self.folder):
            return None
        return file.read_bytes(), file.stat().st_mtime

    def gzipped(self, body: bytes) -> bytes:
        """Compress as a host does, each content once."""
        if body not in self.packed:
            self.packed[body] = gzip.compress(body, 6, mtime=0)
        return self.packed[body]


@contextmanager
def serve(folder: Path):
    """Serve a folder on a free port of this machine; gives a `Site`."""
    site = Site(folder)
    server = ThreadingHTTPServer((HOST, 0), type("Handler", (_Handler,), {"site": site}))
    server.daemon_threads = True
    site.url = f"http://{HOST}:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    site: Site
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = unquote(urlsplit(self.path).path).lstrip("/")
        found = self.site.content(path)
        if found is None:
            missing = self.site.content("404.html") or (b"", 0)
            self.answer(404, missing[0], "text/html", {})
            return
        body, changed = found
        date = formatdate(changed, usegmt=True)
        # The strictest caching there is: every file is asked for again, and not sent again.
        fixed = {"Cache-Control": "no-cache", "Last-Modified": date}
        if self.headers.get("If-Modified-Since") == date:
            self.answer(304, b"", "", fixed)
            return
        kind = mimetypes.guess_type(path)[0] or "text/html"
        if TEXT.search(kind) and "gzip" in self.headers.get("Accept-Encoding", ""):
            body, fixed = self.site.gzipped(body), fixed | {"Content-Encoding": "gzip"}
        self.answer(200, body, kind, fixed)

    def answer(self, status: int, body: bytes, kind: str, extra: dict[str, str]):
        self.send_response(status)
        for name, value in {**self.site.headers, **extra}.items():
            self.send_header(name, value)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        size = sum(map(len, self._headers_buffer)) + len(body)
        self.site.sent.append((self.path.lstrip("/"), status, size))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Say nothing: `Site.sent` keeps the record."""
