"""What a student sees where Node is missing: python -m jupyter_f2git.no_node SOCKET."""

import os
import socketserver
import sys
from http.server import BaseHTTPRequestHandler

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>f2git</title>
<h1>Node is missing here</h1>
<p>f2git needs Node 20.18 or newer in this Jupyter server, and there is none. Nothing was changed, your work is safe.
Show this page to the people who look after the server: they can add <code>nodejs</code> to its image
(conda-forge has it), or name another one in <code>F2GIT_NODE</code>.</p>
<div lang="de">
<h1>Hier fehlt Node</h1>
<p>f2git braucht in diesem Jupyter-Server Node 20.18 oder neuer, und es gibt keines. Es wurde nichts geändert, deine
Arbeit ist sicher. Zeig diese Seite den Leuten, die den Server betreuen: Sie können seinem Image <code>nodejs</code>
hinzufügen (conda-forge hat es) oder in <code>F2GIT_NODE</code> ein anderes nennen.</p>
</div>
</html>
""".encode()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    do_POST = do_GET

    def address_string(self):
        # a socket has no address
        return "jupyter"


def main(path):
    os.umask(0o077)
    with socketserver.ThreadingUnixStreamServer(path, Handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
