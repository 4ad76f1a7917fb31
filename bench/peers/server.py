"""Serves the files of a folder as a ZIP, made by Python's own zipfile on an unseekable stream.

    python3 server.py ROOT PORT        GET /FOLDER?method=store|deflate
"""
import http.server
import os
import sys
import urllib.parse
import zipfile

root, port = sys.argv[1:]
lists = {}


def names_in(folder):
    """The names come from memory, as they would from the application's database."""
    if folder not in lists:
        lists[folder] = sorted(os.listdir(folder))
    return lists[folder]


def write(target, folder, names, store):
    method = zipfile.ZIP_STORED if store else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(target, "w", method, compresslevel=6) as archive:
        for name in names:
            archive.write(os.path.join(folder, name), name)


class Unseekable:
    """A socket's file has a tell() that fails late; zipfile wants to hear at once that it cannot seek."""

    def __init__(self, stream):
        self.write = stream.write
        self.flush = stream.flush


class Handler(http.server.BaseHTTPRequestHandler):
    wbufsize = 64 * 1024

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        folder = os.path.join(root, url.path.lstrip("/"))
        self.send_response(200)
        self.send_header("Content-Type", "application/zip")
        self.end_headers()
        try:
            write(Unseekable(self.wfile), folder, names_in(folder), "method=store" in url.query)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client disconnected

    def log_message(self, format, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
print("listening", flush=True)
server.serve_forever()
