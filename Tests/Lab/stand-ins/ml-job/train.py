#!/usr/bin/python3
"""A training loop whose GPU stands in: a kernel is a wait of the length that it would take there. All else is real: time
in the loader, time on the CPU, the device files held open, and the progress that the lab's nvidia-smi counts."""

import fcntl
import json
import mmap
import os
import socket
import termios
import time

CONFIG = json.load(open("/opt/ml/train.json"))
RUN = "/run/lab/jobs"


def spin(milliseconds):
    """Uses the CPU for so long, in time of this thread: a quota stretches it."""
    end = time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        pass


def decode_batch():
    spin(CONFIG["decode_cpu_ms"])


def open_data():
    """A file that is read past the page cache, as a data set larger than memory would be."""
    path = "/opt/ml/data.bin"
    size = CONFIG["read_kib"] * 1024
    if size and not os.path.exists(path):
        with open(path, "wb") as file:
            file.write(os.urandom(size))
            os.fsync(file.fileno())
    return os.open(path, os.O_RDONLY | os.O_DIRECT) if size else None


def read_sample():
    if DATA is not None:
        os.preadv(DATA, [BUFFER], 0)


def exchange():
    """Sends to the peer what one step's gradients would be."""
    if PEER is not None:
        PEER.sendall(bytes(CONFIG["send_kib"] * 1024))
        # Until the peer's side has taken it, as a collective would.
        while int.from_bytes(fcntl.ioctl(PEER, termios.TIOCOUTQ, bytes(4)), "little"):
            time.sleep(0.002)


def load_batch():
    read_sample()
    time.sleep(CONFIG["load_sleep_ms"] / 1000)
    decode_batch()


def launch_kernel():
    spin(CONFIG["launch_cpu_ms"])


def synchronize(milliseconds):
    time.sleep(milliseconds / 1000)


DATA = open_data()
BUFFER = mmap.mmap(-1, CONFIG["read_kib"] * 1024 or 4096)
PEER = socket.create_connection((CONFIG["peer"], 9000), timeout=60) if CONFIG["peer"] else None


def forward_backward():
    """Returns the seconds in which the GPU computed."""
    busy = 0.0
    for _ in range(CONFIG["kernels"]):
        launch_kernel()
        started = time.monotonic()
        synchronize(CONFIG["kernel_ms"])
        busy += min(time.monotonic() - started, CONFIG["kernel_ms"] / 1000)
    return busy


def main():
    held = [os.open(f"/dev/nvidia{gpu}", os.O_RDWR) for gpu in CONFIG["gpus"]]
    os.makedirs(RUN, exist_ok=True)
    path = f"{RUN}/{os.getpid()}"
    history, busy, steps, told = [], 0.0, 0, 0.0
    log = open("/var/log/train.log", "a", buffering=1)
    while held:
        load_batch()
        busy += forward_backward()
        exchange()
        steps += 1
        now = time.monotonic()
        history.append((now, busy, steps))
        # Two at least, so that a very slow step shows as one.
        while len(history) > 2 and history[-1][0] - history[0][0] > 2:
            history.pop(0)
        if now - told > 0.25 and len(history) > 1:
            span = history[-1][0] - history[0][0]
            share = (history[-1][1] - history[0][1]) / span
            with open(path + ".new", "w") as file:
                json.dump({"gpus": CONFIG["gpus"], "utilization": round(100 * share), "memory": CONFIG["memory_mib"], "until": now}, file)
            os.rename(path + ".new", path)
            log.write(f"{time.time():.1f} step {steps} rate {(history[-1][2] - history[0][2]) / span:.2f} steps/s\n")
            told = now


main()
