#!/usr/bin/env python3
"""Many cells in one kernel: whether each takes as long as the first ones, and the memory stays. endurance.py [cells]

Also the time from the start of the kernel to its first result. Prints figures; judges nothing."""

import socket
import statistics
import sys
import time

from jupyter_client import KernelManager

from kernel import Notebook


def memory(process):
    with open(f"/proc/{process}/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))


def start():
    """Milliseconds from the start of the process to the first result.

    The client is made when the kernel listens: one that came too early would wait a tenth of a second before it tried
    again."""
    manager = KernelManager(kernel_name="lethe")
    begin = time.monotonic()
    manager.start_kernel()
    info = manager.get_connection_info()
    while True:
        try:
            socket.create_connection((info["ip"], info["iopub_port"])).close()
            break
        except OSError:
            time.sleep(0.001)
    client = manager.blocking_client()
    client.start_channels(shell=True, iopub=False, stdin=False, hb=False, control=False)
    request = client.execute("1 + 1")
    while client.get_shell_msg(timeout=60)["parent_header"].get("msg_id") != request:
        pass
    took = (time.monotonic() - begin) * 1000
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return took


def main(cells):
    print("start to first reply: " + ", ".join(f"{start():.0f}" for _ in range(10)) + " ms")
    notebook = Notebook()
    process = notebook.manager.provisioner.process.pid
    samples = ["x = {0} * 2\nx", 'print("cell {0}")', "map(n -> n * n, range(20))", "tensor([[1, 2], [3, {0}]])", "y{1} = x; y{1}"]
    times = []
    for index in range(cells):
        begin = time.monotonic()
        notebook.run(samples[index % len(samples)].format(index, index % 50))
        times.append((time.monotonic() - begin) * 1000)
        if (index + 1) % (cells // 10) == 0:
            block = sorted(times[-(cells // 10):])
            print(f"{index + 1:6} cells  median {statistics.median(block):.2f} ms  "
                  f"99 % {block[int(len(block) * 0.99)]:.2f} ms  memory {memory(process):.1f} MB", flush=True)
    notebook.end()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10000)
