#!/usr/bin/env python3
"""The gateway monitor of a firewall: dpinger's arithmetic with OPNsense's defaults.

    dpinger.py FILE NAME ADDRESS PROBE-SECONDS

A probe each PROBE-SECONDS (1 on OPNsense), lost after four of them, averaged over sixty; status `loss`
above 10 %, `down` above 20 % (opnsense/core GatewayField.php, getDpingerDefaults; dpinger.c, report).
FILE is rewritten after each probe, in the form of `configctl interface gateways status`.
"""

import json
import os
import select
import socket
import statistics
import struct
import sys
import time

file, name, address, period = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
ident = os.getpid() & 0xFFFF
probes = {}  # by number: when it was sent, and its round trip in ms once it is answered


def echo(number):
    body = struct.pack(">HH", ident, number & 0xFFFF)
    total = 0x0800 + ident + (number & 0xFFFF)
    total = (total >> 16) + (total & 0xFFFF)
    total = (total >> 16) + (total & 0xFFFF)
    return struct.pack(">BBH", 8, 0, ~total & 0xFFFF) + body


def report(now):
    trips = [trip for _, trip in probes.values() if trip is not None]
    lost = sum(1 for sent, trip in probes.values() if trip is None and now - sent > 4 * period)
    loss = 100 * lost // (lost + len(trips)) if lost else 0
    row = {"name": name, "address": address, "monitor": address}
    if not trips and not lost:
        row |= {"status": "down", "loss": "~", "delay": "~", "stddev": "~"}
    else:
        delay = statistics.fmean(trips) if trips else 0.0
        spread = statistics.pstdev(trips) if trips else 0.0
        status = "down" if loss > 20 else "loss" if loss > 10 else "none"
        row |= {"status": status, "loss": f"{loss:.1f} %", "delay": f"{delay:.1f} ms", "stddev": f"{spread:.1f} ms"}
    words = {"none": "Online", "loss": "Packetloss", "down": "Offline"}
    row["status_translated"] = words[row["status"]]
    with open(f"{file}.new", "w") as out:
        json.dump({name: row}, out, separators=(",", ":"))  # as PHP writes it
    os.rename(f"{file}.new", file)


raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
number = 0
due = time.monotonic()
while True:
    now = time.monotonic()
    if now >= due:
        report(now)
        number += 1
        probes[number & 0xFFFF] = (now, None)
        while len(probes) > 60:
            del probes[next(iter(probes))]
        try:
            raw.sendto(echo(number), (address, 0))
        except OSError:  # no route, no link: the probe is lost
            pass
        due = max(due + period, now)
    if select.select([raw], [], [], max(0, due - time.monotonic()))[0]:
        packet = raw.recv(2048)
        kind, _, _, whose, sequence = struct.unpack(">BBHHH", packet[(packet[0] & 15) * 4:][:8])
        if kind == 0 and whose == ident and probes.get(sequence, (0, 0))[1] is None:
            sent = probes[sequence][0]
            probes[sequence] = (sent, (time.monotonic() - sent) * 1000)
