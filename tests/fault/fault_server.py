"""Servers to be hurt: `sextant start`, or a cluster of `sextant pagestore` and `sextant writer`."""
import os
import random
import signal
import socket
import subprocess
import sys

import psycopg2

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "clients"))
from wire import Client, fields  # noqa: E402

from network import Loopback


given = set()  # ports that free_port() has handed out: their servers may not have started yet, or be down for a while


def free_port():
    # Not one that the system may give to somebody's outgoing connection before it is used (from 32768 on).
    while True:
        port = random.randrange(10000, 32768)
        if port in given:
            continue
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
        given.add(port)
        return port


class Process:
    """One role as a process; its log is appended to `log_file`."""

    def __init__(self, arguments, log_file, host=Loopback()):
        self.arguments, self.log_file, self.host = arguments, log_file, host
        self.process = None

    def launch(self):
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(self.host.command(self.arguments), stdout=subprocess.PIPE, stderr=log,
                                            text=True)
        return any("ready" in line for line in self.process.stdout)

    def start(self):
        if not self.launch():
            raise SystemExit(f"{' '.join(self.arguments[1:])} did not start:\n{self.log()[-4000:]}")

    def send(self, which):
        self.process.send_signal(which)

    def end(self, how=signal.SIGKILL):
        """Returns its exit code."""
        if self.process is None:
            return None
        self.process.send_signal(how)
        code = self.process.wait()
        self.process.stdout.close()
        self.process = None
        return code

    def log(self):
        with open(self.log_file) as file:
            return file.read()

    def memory(self, which="VmRSS"):
        """In megabytes; VmHWM: the most it has taken yet."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) // 1024 for line in status if line.startswith(which + ":"))


class Node(Process):
    def __init__(self, binary, directory, name, zone, port=None, options=(), tail=False, host=Loopback()):
        self.name, self.zone, self.port = name, zone, port or free_port()
        self.data, self.address = os.path.join(directory, name), f"{host.address}:{self.port}"
        super().__init__([binary, "pagestore", "--data", self.data, "--name", name, "--zone", zone,
                          "--listen", self.address, *(["--tail"] if tail else []), *options],
                         self.data + ".log", host)


class Writer(Process):
    def __init__(self, binary, directory, nodes, name="writer", options=(), host=Loopback()):
        self.port = free_port()
        super().__init__([binary, "writer", "--pagestore", ",".join(node.address for node in nodes),
                          "--listen", f"{host.any_address}:{self.port}", *options],
                         os.path.join(directory, name + ".log"), host)

    def connect(self):  # the password is asked for on other hosts alone
        return psycopg2.connect(host=self.host.address, port=self.port, user="postgres", password="secret",
                                dbname="postgres")


class Etcd(Process):
    """Debian's etcd-server (scripts/setup test)."""

    def __init__(self, directory):
        self.port, peers = free_port(), f"http://127.0.0.1:{free_port()}"
        clients = f"http://127.0.0.1:{self.port}"
        super().__init__(["etcd", "--data-dir", os.path.join(directory, "etcd"), "--listen-client-urls", clients,
                          "--advertise-client-urls", clients, "--listen-peer-urls", peers,
                          "--initial-advertise-peer-urls", peers, "--initial-cluster", f"default={peers}"],
                         os.path.join(directory, "etcd.log"))

    # It says nothing when it is ready: whoever uses it waits.
    def start(self):
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(self.arguments, stdout=subprocess.PIPE, stderr=log, text=True)


class Server:
    def __init__(self, binary, directory):
        self.binary, self.directory, self.port = os.path.abspath(binary), directory, free_port()
        self.data = os.path.join(directory, "data")
        self.log_file = os.path.join(directory, "log")
        self.process = None

    def launch(self):
        self.process = subprocess.Popen(
            [self.binary, "start", "--data", self.data, "--listen", f"127.0.0.1:{self.port}"],
            stdout=subprocess.PIPE, stderr=open(self.log_file, "ab"), text=True)
        for line in self.process.stdout:
            if "ready to accept connections" in line:
                return True
        return False

    def start(self):
        if not self.launch():
            raise SystemExit(f"the server did not start:\n{self.log()[-4000:]}")

    # Returns its exit code.
    def fail_to_start(self):
        if self.launch():
            raise SystemExit("the server started")
        return self.process.wait()

    def stop(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        self.process.wait()
        self.process.stdout.close()

    def kill(self):
        self.stop()

    def log(self):
        with open(self.log_file) as file:
            return file.read()

    def connect(self):
        return psycopg2.connect(host="127.0.0.1", port=self.port, user="postgres", dbname="postgres")

    # All that the server says to one statement until it hangs up or is ready again: kinds and bodies.
    def messages(self, statement):
        os.environ.update(PGHOST="127.0.0.1", PGPORT=str(self.port))
        client = Client()
        client.send(statement)
        said = []
        while (message := client.message()) is not None and message[0] != "Z":
            said.append(message)
        return said
