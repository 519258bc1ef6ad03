#!/usr/bin/env python3
"""CARP as FreeBSD's kernel does it (sys/netinet/ip_carp.c), for one firewall of the lab.

    carp.py FOLDER             runs for as long as the firewall has power: it is the kernel's part
    carp.py FOLDER --tell ...  one order, and its answer: attach, demote N, preempt 0|1, allow 0|1

It is a process of its own because Linux has no CARP. On the wire it is CARPv2 (checked against ucarp).
What matters here is what FreeBSD adds and VRRP lacks: one demotion counter for all addresses, which
is additive; 240 more for each address whose link is down; a master-down timer that ignores demotion;
preemption only while net.inet.carp.preempt is 1; and no goodbye when the machine stops.

In FOLDER: `carp` (the state, rewritten at each change), `carp.log` (one line a change, with the time),
`devd` (a FIFO: what devd is told), `carp.sock` (orders).
"""

import ctypes
import hashlib
import hmac
import os
import select
import socket
import struct
import subprocess
import sys
import time

PASSWORD = b"lab"
MAX_SKEW = 240  # CARP_MAXSKEW, and net.inet.carp.ifdown_demotion_factor
GROUP = "224.0.0.18"
PROTOCOL = 112
SO_ATTACH_FILTER = 26
IP, EVERYTHING = 0x0800, 0x0003  # ETH_P_IP, ETH_P_ALL
NETLINK_LINK_CHANGES = 1


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def has_link(interface):
    try:
        with open(f"/sys/class/net/{interface}/carrier") as file:
            return file.read().strip() == "1"
    except OSError:  # the interface is down or gone
        return False


def only_carp(listener):
    """A filter in the kernel, so that the traffic of the site does not wake this process."""
    program = [(0x30, 0, 0, 23), (0x15, 0, 1, PROTOCOL), (0x06, 0, 0, 65535), (0x06, 0, 0, 0)]
    code = b"".join(struct.pack("HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code)
    pointer = struct.pack("HL", len(program), ctypes.addressof(buffer))
    listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, pointer)


class Vhid:
    """One virtual address on one interface (carp_softc)."""

    def __init__(self, kernel, vhid, interface, own, virtual, advbase, advskew, shared_mac):
        self.kernel, self.interface, self.virtual = kernel, interface, virtual
        self.vhid, self.advbase, self.advskew = int(vhid), int(advbase), int(advskew)
        self.shared_mac = shared_mac == "shared-mac"
        self.state, self.suppressed, self.due = "INIT", False, None
        self.own, self.address = socket.inet_aton(own), socket.inet_aton(virtual.split("/")[0])
        self.counter = struct.unpack(">Q", os.urandom(8))[0]
        self.mac = bytes([0, 0, 0x5E, 0, 1, self.vhid])
        # Linux gives a macvlan what has its MAC as the source, as the peer's advertisements have then;
        # only those who listen to everything hear it before.
        protocol = EVERYTHING if self.shared_mac else IP
        self.raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
        only_carp(self.raw)
        self.raw.bind((interface, protocol))
        self.raw.setblocking(False)
        self.join()
        if self.shared_mac:
            # In mode private it hears nothing of its own interface, and answers only while it is up.
            self.carrier_of_address = f"carp{self.vhid}"
            self.ip("link add", self.carrier_of_address, "link", interface, "address",
                    ":".join(f"{byte:02x}" for byte in self.mac), "type macvlan mode private")
        else:
            self.carrier_of_address = interface

    def join(self):
        self.member = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        group = socket.inet_aton(GROUP) + self.own
        self.member.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)

    def ip(self, *words):
        subprocess.run(["ip", *" ".join(words).split()], stderr=subprocess.DEVNULL, check=False)

    def name(self):
        return f"{self.vhid}@{self.interface}"

    def demoted_skew(self):
        """DEMOTE_ADVSKEW; negative totals count as 0 (newer kernels)."""
        return min(max(self.advskew + self.kernel.demotion, 0), MAX_SKEW)

    def digest(self, counter):
        text = bytes([2, 1, self.vhid]) + self.address + counter
        return hmac.new(PASSWORD.ljust(20, b"\0"), text, hashlib.sha1).digest()

    def transmit(self, frame):
        try:
            self.raw.send(frame)
        except OSError as error:  # no link: the address turns INIT in a moment
            self.kernel.log(f"{self.name()} cannot send: {error}")

    def advertise(self):
        """carp_send_ad; the source is the virtual MAC, so that switches learn its port."""
        skew = self.demoted_skew()
        self.counter = (self.counter + 1) & (2**64 - 1)
        counter = struct.pack(">Q", self.counter)

        def header(check):
            fixed = struct.pack(">BBBBBBH", 0x21, self.vhid, skew, 7, 0, self.advbase, check)
            return fixed + counter + self.digest(counter)

        body = header(checksum(header(0)))

        def ip_header(check):
            return struct.pack(">BBHHHBBH4s4s", 0x45, 0x10, 20 + len(body), self.counter & 0xFFFF,
                               0x4000, 255, PROTOCOL, check, self.own, socket.inet_aton(GROUP))

        packet = ip_header(checksum(ip_header(0))) + body
        self.transmit(bytes.fromhex("01005e000012") + self.mac + b"\x08\x00" + packet)
        self.arm(self.advbase + skew / 256)

    def announce(self):
        """carp_send_arp: a gratuitous ARP, with the MAC under which the address answers."""
        with open(f"/sys/class/net/{self.carrier_of_address}/address") as file:
            mac = bytes.fromhex(file.read().strip().replace(":", ""))
        request = struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + mac + self.address + b"\xff" * 6 + self.address
        self.transmit(b"\xff" * 6 + mac + b"\x08\x06" + request)

    def arm(self, seconds):
        self.due = time.monotonic() + seconds

    def arm_master_down(self):
        """carp_setrun, BACKUP: three intervals with the skew as configured, whatever the demotion."""
        self.arm(3 * self.advbase + self.advskew / 256)

    def become(self, state, why):
        if self.state == state:
            return
        before, self.state = self.state, state
        if state == "MASTER":
            plain = "noprefixroute" if self.shared_mac else ""
            self.ip("addr add", self.virtual, "dev", self.carrier_of_address, plain)
            if self.shared_mac:
                self.ip("link set", self.carrier_of_address, "up")
        elif before == "MASTER":
            if self.shared_mac:
                self.ip("link set", self.carrier_of_address, "down")
            self.ip("addr del", self.virtual, "dev", self.carrier_of_address)
        self.kernel.log(f"{self.name()} {before} -> {state} ({why})")
        self.kernel.tell_devd(f"{self.name()} {state}")
        self.kernel.save()

    def evaluate(self):
        """carp_sc_state: after attach, a change of the link, or of net.inet.carp.allow."""
        if not has_link(self.interface) or not self.kernel.allow:
            self.become("INIT", "hardware interface down")
            self.due = None
            if not self.suppressed:
                self.suppressed = True
                self.kernel.demote(MAX_SKEW, "interface down")
            return
        if self.state == "INIT":
            self.join()  # a link that went down left the group
            self.become("BACKUP", "initialization complete")
            self.arm_master_down()
        if self.suppressed:
            self.suppressed = False
            self.kernel.demote(-MAX_SKEW, "interface up")

    def timer(self):
        if self.state == "MASTER":
            self.advertise()
        else:
            self.take_over("master timed out")

    def take_over(self, why):
        """carp_master_down_locked; the next advertisement comes after the skew as configured."""
        self.become("MASTER", why)
        self.advertise()
        self.announce()
        self.arm(self.advbase + self.advskew / 256)

    def receive(self, frame):
        """carp_input_c"""
        packet = frame[14:]
        body = packet[(packet[0] & 15) * 4:][:36]
        if packet[12:16] == self.own or packet[8] != 255 or len(body) < 36:
            return
        if body[0] != 0x21 or body[1] != self.vhid or checksum(body) != 0:
            return
        if not hmac.compare_digest(body[16:36], self.digest(body[8:16])):
            self.kernel.log(f"{self.name()} hears an advertisement with another password")
            return
        if not self.kernel.allow or self.state == "INIT":
            return
        own, peer = self.advbase + self.demoted_skew() / 256, body[5] + body[2] / 256
        if self.state == "MASTER":
            if own >= peer:
                self.become("BACKUP", "more frequent advertisement received")
                self.arm_master_down()
        elif self.kernel.preempt and own < peer:
            self.take_over("preempting a slower master")
        elif 3 * self.advbase < peer:
            self.take_over("master will time out")
        else:
            self.arm_master_down()


class Kernel:
    def __init__(self, folder):
        self.folder, self.vhids = folder, []
        self.demotion, self.allow, self.preempt = 0, True, False  # as after every boot
        self.log_file = open(f"{folder}/carp.log", "a", buffering=1)
        devd = f"{folder}/devd"
        if os.path.exists(devd):
            os.unlink(devd)  # with what devd did not read before the power went
        os.mkfifo(devd)
        self.devd = os.open(devd, os.O_RDWR | os.O_NONBLOCK)  # open at both ends: events wait for devd
        self.orders = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.path.exists(f"{folder}/carp.sock"):
            os.unlink(f"{folder}/carp.sock")
        self.orders.bind(f"{folder}/carp.sock")
        self.orders.listen(8)
        self.links = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self.links.bind((0, NETLINK_LINK_CHANGES))
        self.log("power on")
        self.save()

    def log(self, text):
        self.log_file.write(f"{time.time():.3f} {text}\n")

    def tell_devd(self, event):
        os.write(self.devd, f"{event}\n".encode())

    def save(self):
        """For those who only look: ifconfig, sysctl, and the lab itself."""
        rows = [f"demotion {self.demotion}", f"allow {int(self.allow)}", f"preempt {int(self.preempt)}"]
        rows += [f"vhid {v.vhid} {v.interface} {v.state} {v.advbase} {v.advskew} {v.virtual}" for v in self.vhids]
        with open(f"{self.folder}/carp.new", "w") as file:
            file.write("\n".join(rows) + "\n")
        os.rename(f"{self.folder}/carp.new", f"{self.folder}/carp")

    def demote(self, amount, why):
        """carp_demote_adj: adds, and every MASTER advertises at once."""
        self.demotion += amount
        self.log(f"demoted by {amount} to {self.demotion} ({why})")
        self.save()
        for vhid in self.vhids:
            if vhid.state == "MASTER":
                vhid.advertise()

    def obey(self, words):
        order, *values = words
        if order == "attach":
            self.vhids.append(Vhid(self, *values))
            self.save()
            self.vhids[-1].evaluate()
        elif order == "demote":
            self.demote(int(values[0]), "sysctl")
        elif order == "preempt":
            self.preempt = values[0] != "0"
        elif order == "allow":
            self.allow = values[0] != "0"
            self.evaluate()
        self.save()

    def evaluate(self):
        for vhid in self.vhids:
            vhid.evaluate()

    def bury(self):
        """It is process 1 of the firewall, too: whoever lost its parent ends here."""
        try:
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            pass

    def run(self):
        while True:
            self.bury()
            dues = [vhid.due for vhid in self.vhids if vhid.due is not None]
            wait = max(0, min(dues) - time.monotonic()) if dues else None
            listeners = {vhid.raw: vhid for vhid in self.vhids}
            ready = select.select([self.orders, self.links, *listeners], [], [], wait)[0]
            for source in ready:
                if source is self.orders:
                    peer = self.orders.accept()[0]
                    self.obey(peer.recv(4096).decode().split())
                    peer.send(b"done")
                    peer.close()
                elif source is self.links:
                    self.links.recv(65536)
                    self.evaluate()
                else:
                    try:
                        listeners[source].receive(source.recv(2048))
                    except OSError:  # ENETDOWN when a link goes
                        pass
            for vhid in self.vhids:
                if vhid.due is not None and vhid.due <= time.monotonic():
                    vhid.timer()


def tell(folder, words):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as kernel:
        kernel.connect(f"{folder}/carp.sock")
        kernel.send(" ".join(words).encode())
        kernel.recv(16)


if __name__ == "__main__":
    if sys.argv[2:3] == ["--tell"]:
        tell(sys.argv[1], sys.argv[3:])
    else:
        Kernel(sys.argv[1]).run()
