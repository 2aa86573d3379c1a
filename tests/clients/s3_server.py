"""A small S3 service for tests: PUT (with If-Match and If-None-Match), GET and DELETE of objects under
/bucket, signature version 4 checked.

    s3_server.py DIR [CERTIFICATE KEY]    objects in DIR/s3, the port goes to DIR/s3_port; with a
                                          certificate: https

DIR/s3_meanwhile becomes the next object that is put on a condition, just before: somebody else was here.
DIR/s3_room is how many objects may still be put; when there is no such file, any number.
Every fifth request is answered 503, as real services do when they are busy. Signing is written anew
here from the specification, so that both sides cannot share a mistake.
"""
import hashlib
import hmac
import http.server
import os
import re
import ssl
import sys
import threading

ACCESS, SECRET, REGION = "AKIATEST", "hushed/secret+key", "eu-test-1"
root = sys.argv[1]
objects = os.path.join(root, "s3")
meanwhile = os.path.join(root, "s3_meanwhile")
room = os.path.join(root, "s3_room")
lock = threading.Lock()
requests = 0


def signature(method, path, headers, signed, date, payload_hash):
    canonical = "\n".join([method, path, "",
                           "".join(f"{name}:{headers[name].strip()}\n" for name in signed),
                           ";".join(signed), payload_hash])
    scope = f"{date[:8]}/{REGION}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + SECRET).encode()
    for part in (date[:8], REGION, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", tag=None):
        self.send_response(status)
        if tag:
            self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status, code):
        self.answer(status, f"<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>".encode())

    def admitted(self, body):
        """Whether the request goes on; answers it otherwise."""
        global requests
        with lock:
            requests += 1
            busy = requests % 5 == 0
        if busy:
            self.refuse(503, "SlowDown")
            return False
        headers = {name.lower(): value for name, value in self.headers.items()}
        match = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, "
                             r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})",
                             headers.get("authorization", ""))
        if not match or match[1] != ACCESS or match[3] != REGION:
            self.refuse(403, "InvalidAccessKeyId")
            return False
        signed = match[4].split(";")
        payload_hash = hashlib.sha256(body).hexdigest()
        expected = signature(self.command, self.path, headers, signed, headers["x-amz-date"], payload_hash)
        if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(signed) or \
                headers["x-amz-content-sha256"] != payload_hash or \
                not hmac.compare_digest(expected, match[5]):
            self.refuse(403, "SignatureDoesNotMatch")
            return False
        if not self.path.startswith("/bucket/"):
            self.refuse(404, "NoSuchBucket")
            return False
        return True

    def place(self):
        return os.path.join(objects, self.path[len("/bucket/"):])

    def take_room(self):
        """Whether there is room for one more object."""
        try:
            with open(room, encoding="ascii") as file:
                left = int(file.read())
        except FileNotFoundError:
            return True
        if left > 0:
            with open(room, "w", encoding="ascii") as file:
                file.write(str(left - 1))
        return left > 0

    def tag(self):
        try:
            with open(self.place(), "rb") as file:
                return f'"{hashlib.md5(file.read()).hexdigest()}"'
        except FileNotFoundError:
            return None

    def do_PUT(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.admitted(body):
            return
        with lock:
            if os.path.exists(meanwhile) and ("If-Match" in self.headers or "If-None-Match" in self.headers):
                os.rename(meanwhile, self.place())
            there = self.tag()
            if (self.headers.get("If-None-Match") == "*" and there) or \
                    self.headers.get("If-Match", there) != there:
                self.refuse(412, "PreconditionFailed")
                return
            if not self.take_room():
                self.refuse(403, "QuotaExceeded")
                return
            os.makedirs(os.path.dirname(self.place()), exist_ok=True)
            beside = f"{self.place()}.{threading.get_ident()}"
            with open(beside, "wb") as file:
                file.write(body)
            os.rename(beside, self.place())
        self.answer(200, tag=self.tag())

    def do_GET(self):
        if not self.admitted(b""):
            return
        tag = self.tag()
        if tag is None:
            self.refuse(404, "NoSuchKey")
            return
        with open(self.place(), "rb") as file:
            self.answer(200, file.read(), tag)

    def do_DELETE(self):
        if not self.admitted(b""):
            return
        if self.tag():
            os.unlink(self.place())
        self.answer(204)


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ssl.SSLError):   # a client that refused the certificate
            super().handle_error(request, client_address)


server = Server(("127.0.0.1", 0), Handler)
if len(sys.argv) > 2:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[2], sys.argv[3])
    # A client that refuses the certificate must not hold up the one that accepts connections.
    server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
beside = os.path.join(root, "s3_port.new")
with open(beside, "w") as file:
    file.write(str(server.server_address[1]))
os.rename(beside, os.path.join(root, "s3_port"))
server.serve_forever()
