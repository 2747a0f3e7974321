"""A DSLAM, as PPPoE sees it: access-node.py SUBSCRIBER_INTERFACE NETWORK_INTERFACE TAG_IN_HEX.

Hands PPPoE frames over between two interfaces, and puts TR-101's tag (vendor 3561; its sub-options are TAG_IN_HEX) into
what subscribers send in discovery.
"""

import select
import socket
import sys

DISCOVERY, SESSION = 0x8863, 0x8864
line = bytes.fromhex(sys.argv[3])
tag = b"\x01\x05" + (4 + len(line)).to_bytes(2, "big") + b"\x00\x00\x0d\xe9" + line


def tagged(frame):
    end = 20 + int.from_bytes(frame[18:20], "big")
    tags = frame[20:end] + tag
    return frame[:18] + len(tags).to_bytes(2, "big") + tags


sockets = {}
for name, other in [sys.argv[1:3], sys.argv[2:0:-1]]:
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
    link.bind((name, 0))
    sockets[link] = (name, other)
by_name = {name: link for link, (name, _) in sockets.items()}
for name in by_name:
    membership = socket.if_nametoindex(name).to_bytes(4, sys.byteorder) + b"\x01\x00\x00\x00" + bytes(8)
    by_name[name].setsockopt(263, 1, membership)  # SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC
print("ready", flush=True)
while True:
    for link in select.select(list(sockets), [], [])[0]:
        frame, address = link.recvfrom(2048)
        kind = int.from_bytes(frame[12:14], "big")
        if address[2] == socket.PACKET_OUTGOING or kind not in (DISCOVERY, SESSION):
            continue
        name, other = sockets[link]
        if kind == DISCOVERY and name == sys.argv[1]:
            frame = tagged(frame)
        by_name[other].send(frame)
