"""Hosts on one machine: network namespaces on a bridge. Whoever makes one has a network namespace of its own already.

A host that is cut off neither gets packets nor is told that there are none: its link leaves the bridge. One that
is mute hears the others, and nothing of what it says to some of them arrives. One that is slow gets no more than so
many bytes in a second.
"""
import subprocess


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Loopback:
    """This host, as if it were the only one."""
    address = any_address = "127.0.0.1"

    def command(self, arguments):
        return arguments


class Network:
    """The tests' own address on it is `address`."""

    def __init__(self):
        ip("link", "set", "lo", "up")
        ip("link", "add", "hosts", "type", "bridge")
        ip("address", "add", "10.77.0.1/24", "dev", "hosts")
        ip("link", "set", "hosts", "up")
        self.address, self.hosts = "10.77.0.1", []

    def host(self):
        self.hosts.append(Host(len(self.hosts) + 2))
        return self.hosts[-1]

    def end(self):
        for host in self.hosts:
            host.end()
        ip("link", "delete", "hosts")


class Host:
    any_address = "0.0.0.0"  # itself included, by 127.0.0.1

    def __init__(self, number):
        self.address, self.link = f"10.77.0.{number}", f"link{number}"
        # The namespace lives as long as a process is in it; this one ends with its input, and so with the test.
        self.keeper = subprocess.Popen(["unshare", "--net", "sh", "-c", "ip link set lo up && echo ready && exec cat"],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.keeper.stdout.readline() != "ready\n":
            raise SystemExit("a host cannot have a network namespace of its own")
        ip("link", "add", self.link, "type", "veth", "peer", "name", "eth0", "netns", str(self.keeper.pid))
        self.run("ip", "address", "add", f"{self.address}/24", "dev", "eth0")
        self.run("ip", "link", "set", "eth0", "up")
        ip("link", "set", self.link, "up")
        self.join()

    def command(self, arguments):
        return ["nsenter", f"--net=/proc/{self.keeper.pid}/ns/net", *arguments]

    def run(self, *words):
        return subprocess.run(self.command(words), check=True, capture_output=True, text=True).stdout

    def cut(self):
        ip("link", "set", self.link, "nomaster")

    def join(self):
        ip("link", "set", self.link, "master", "hosts")

    def become_mute(self, others):
        for other in others:
            self.run("ip", "route", "add", "blackhole", other.address)

    def speak(self, others):
        for other in others:
            self.run("ip", "route", "delete", "blackhole", other.address)

    def become_slow(self, megabytes):
        subprocess.run(["tc", "qdisc", "add", "dev", self.link, "root", "tbf", "rate", f"{8 * megabytes}mbit",
                        "burst", "64kb", "limit", "1mb"], check=True)

    def become_fast(self):
        subprocess.run(["tc", "qdisc", "delete", "dev", self.link, "root"], check=True)

    def end(self):
        self.keeper.stdin.close()
        self.keeper.wait()
