#!/usr/bin/python3
"""A training loop whose GPU stands in: a kernel is a wait of the length that it would take there. All else is real: time
in the loader, time on the CPU, the device files held open, and the progress that the lab's nvidia-smi counts."""

import json
import os
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


def load_batch():
    time.sleep(CONFIG["load_sleep_ms"] / 1000)
    decode_batch()


def launch_kernel():
    spin(CONFIG["launch_cpu_ms"])


def synchronize(milliseconds):
    time.sleep(milliseconds / 1000)


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
        steps += 1
        now = time.monotonic()
        history.append((now, busy, steps))
        while history[-1][0] - history[0][0] > 2:
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
