"""A server to be hurt: `sextant start` as a process of its own."""
import os
import signal
import socket
import subprocess

import psycopg2


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


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

    # All that psql says to one statement, errors included.
    def psql(self, statement):
        done = subprocess.run(["psql", "-XAt", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres",
                               "-c", statement, "postgres"], capture_output=True, text=True, check=False)
        return done.stdout + done.stderr
