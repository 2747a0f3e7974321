"""Sends PADIs from many MAC addresses: padi-flood.py INTERFACE PER_SECOND ADDRESSES SECONDS; prints how many left."""

import socket
import sys
import time

interface, rate, addresses, seconds = sys.argv[1], *map(int, sys.argv[2:5])
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind((interface, 0))
tags = b"\x01\x01\x00\x00\x01\x03\x00\x04\x00\x00\x00\x01"
padi = b"\x88\x63\x11\x09\x00\x00" + len(tags).to_bytes(2, "big") + tags
frames = [b"\xff" * 6 + b"\x06\x00\x00\x00" + n.to_bytes(2, "big") + padi.ljust(46, b"\0") for n in range(addresses)]
began = time.monotonic()
sent = 0
while (now := time.monotonic() - began) < seconds:
    while sent < now * rate:
        try:
            link.send(frames[sent % addresses])
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno != 105:  # ENOBUFS
                raise
        sent += 1
    time.sleep(0.002)
print(f"{sent} PADIs in {time.monotonic() - began:.1f} s", flush=True)
