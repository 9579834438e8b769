"""The kernel as front ends use it, and as no front end would: one function a behaviour."""

import json
import os
import re
import signal
import socket
import sys
import time

import zmq

from jupyter_client import KernelManager

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "terminal"))
from harness import equal, test  # noqa: E402

SECONDS = 60


class Notebook:
    """A kernel and one front end of it."""

    def __init__(self):
        self.started = time.monotonic()
        self.manager = KernelManager(kernel_name="lethe")
        self.manager.start_kernel()
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=SECONDS)

    def published(self, request):
        """What the kernel says about a request, until it is idle again."""
        messages = []
        while True:
            message = self.client.get_iopub_msg(timeout=SECONDS)
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return messages
            messages.append(message)

    def run(self, code, **options):
        """Runs a cell; returns the reply and what was published."""
        request = self.client.execute(code, **options)
        return self.reply(request), self.published(request)

    def reply(self, request):
        while True:
            message = self.client.get_shell_msg(timeout=SECONDS)
            if message["parent_header"].get("msg_id") == request:
                return message["content"]

    def wait(self, kind):
        while True:
            message = self.client.get_iopub_msg(timeout=SECONDS)
            if message["msg_type"] == kind:
                return message

    def end(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel()
        assert not self.manager.is_alive()


def kinds(messages):
    """Their kinds in order; a text may come in several messages."""
    result = []
    for kind in [message["msg_type"] for message in messages]:
        if kind != "status" and not (kind == "stream" and result[-1:] == ["stream"]):
            result.append(kind)
    return result


def written(messages):
    return "".join(message["content"]["text"] for message in messages if message["msg_type"] == "stream")


def text(messages, kind, form="text/plain"):
    return [message["content"]["data"][form] for message in messages if message["msg_type"] == kind]


@test
def cells_show_their_outputs():
    notebook = Notebook()
    reply, said = notebook.run('x = 1\nprint("a")\nprint("b")\nx\nwrong', user_expressions={"y": "x + 1", "z": "nosuch"})
    equal(kinds(said), ["execute_input", "stream", "execute_result", "error"])
    equal((written(said), reply["status"], reply["ename"]), ("a\nb\n", "error", "error"))
    error = said[-1]["content"]
    equal(error["evalue"], "`wrong` is not defined")
    assert "\x1b[1;38;2;255;255;255;48;2;178;43;49merror:\x1b[0m" in error["traceback"][0] and "cell 1 line 5" in error["traceback"][1], error
    reply, said = notebook.run("out[1] + 1", user_expressions={"y": "x + 1", "z": "nosuch"})
    equal((text(said, "execute_result"), reply["execution_count"]), (["2"], 2))
    equal(reply["user_expressions"]["y"]["data"]["text/plain"], "2")
    equal(reply["user_expressions"]["z"]["evalue"], "`nosuch` is not defined")
    # `x + 1` beside the cell left no trace.
    reply, said = notebook.run("ans", store_history=False)
    equal(text(said, "execute_result"), ["2"])
    equal(kinds(notebook.run("y = 5; y\ny", silent=True)[1]), [])
    equal(text(notebook.run("y")[1], "execute_result"), ["5"])
    # Commands, help, a table and a picture.
    assert "adamw(model" in written(notebook.run("?adamw")[1])
    assert "y  5" in written(notebook.run(":who")[1])
    table = notebook.run('table(n=[1, 2], s=["a", "b"])')[1]
    assert "<table>" in text(table, "execute_result", "text/html")[0]
    assert text(notebook.run("plot([1, 2], [3, 4])")[1], "display_data", "image/svg+xml")[0].startswith("<svg")
    equal(written(notebook.run("!echo $((6 * 7))")[1]), "42\n")
    equal(notebook.run("  ")[0]["status"], "ok")
    notebook.end()


@test
def cursors_count_code_points():
    notebook = Notebook()
    code = "𝒙é = 1; adam"
    reply = notebook.reply(notebook.client.complete(code, len(code)))
    equal((reply["cursor_start"], reply["cursor_end"], reply["matches"]), (8, 12, ["adam", "adamw"]))
    reply = notebook.reply(notebook.client.inspect("𝒙é = hvp(f, m, ", 15))
    assert reply["found"] and "Hessian" in reply["data"]["text/plain"]
    equal(notebook.reply(notebook.client.inspect("", 0))["found"], False)
    equal(notebook.reply(notebook.client.is_complete("def f() {"))["indent"], "  ")
    notebook.end()


TRAIN = """m = gpt(30, layers=2, width=64, seed=1)
text = batch([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]])
m = train(m, text, steps=100000000)"""


@test
def an_interrupt_keeps_the_state():
    notes = []
    for ways in ["message", "signal"]:
        notebook = Notebook()
        for cell, kind in [(TRAIN, "display_data"), ("n = 0; print(1); while true { n = n + 1 }", "stream")]:
            request = notebook.client.execute(cell)
            # A cell that waits behind an interrupted one does not run.
            behind = notebook.client.execute("never = 1")
            notebook.wait(kind)
            start = time.monotonic()
            if ways == "message":
                notebook.manager.interrupt_kernel()
            else:
                notebook.manager.provisioner.process.send_signal(signal.SIGINT)
            reply = notebook.reply(request)
            notes.append(f"{(time.monotonic() - start) * 1000:.0f} ms")
            equal((reply["status"], reply["ename"]), ("error", "interrupted"))
            equal(notebook.reply(behind)["status"], "aborted")
        equal(text(notebook.run("n > 0")[1], "execute_result"), ["true"])
        equal(notebook.run("never")[0]["status"], "error")
        # Nothing runs, so nothing is interrupted.
        notebook.manager.interrupt_kernel()
        equal(text(notebook.run("1 + 1")[1], "execute_result"), ["2"])
        notebook.end()
    return ", ".join(notes) + ", bar 200 ms"


@test
def progress_is_one_output_that_changes():
    notebook = Notebook()
    request = notebook.client.execute(TRAIN)
    first = notebook.wait("display_data")
    updates = [notebook.wait("update_display_data") for _ in range(3)]
    notebook.manager.interrupt_kernel()
    notebook.reply(request)
    equal({message["content"]["transient"]["display_id"] for message in updates},
          {first["content"]["transient"]["display_id"]})
    last = [message for message in notebook.published(request) if message["msg_type"] == "update_display_data"][-1]
    assert "steps/s" in last["content"]["data"]["text/plain"], last["content"]
    notebook.end()


@test
def a_study_tells_how_far_its_runs_are():
    notebook = Notebook()
    notebook.run("f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]]); m = gpt(30, layers=2, width=64, seed=1)")
    for cell, words in [
        ("study(lr -> nll(unlearn(m, f, r, steps=100000, optimizer=adamw(lr=lr)), f), grid=(lr=[1e-5, 2e-5]))",
         r"study +\[.*\] +0%  0/2  lr=1e-5: unlearn \d+/100000"),
        ("tune(m, f, r, optimizer=[adamw], lr=[1e-5, 2e-5], budget=100000)", r"tune +\[.*\] +0%  0/2  .*: gradients \d+/100000"),
    ]:
        request = notebook.client.execute(cell)
        for _ in range(100):
            message = notebook.wait("update_display_data")
            if re.search(words, message["content"]["data"]["text/plain"]):
                break
        else:
            raise AssertionError(message["content"])
        notebook.manager.interrupt_kernel()
        notebook.reply(request)
    notebook.end()


@test
def quick_output_comes_whole():
    notebook = Notebook()
    _, said = notebook.run("for i in range(200000) { print(i) }")
    equal(written(said), "".join(f"{i}\n" for i in range(200000)))
    notebook.end()
    return f"{len(said) - 2} messages"


@test
def forged_repeated_and_damaged_messages_are_dropped():
    notebook = Notebook()
    info = notebook.manager.get_connection_info()
    context = zmq.Context()
    sockets = {}
    for name in ["shell", "control", "stdin"]:
        sockets[name] = context.socket(zmq.DEALER)
        sockets[name].connect(f"tcp://{info['ip']}:{info[name + '_port']}")
    session = notebook.client.session
    message = session.msg("execute_request", {"code": "owned = 1", "silent": False})
    frames = session.serialize(message)
    parts = frames[frames.index(b"<IDS|MSG>") + 1:]
    delimiter = [b"<IDS|MSG>"]
    other = session.serialize(session.msg("execute_request", {"code": "twice = true", "silent": False}))
    hostile = [
        [], [b""], [b"<IDS|MSG>"], delimiter + [b"0" * 64] + parts[1:], delimiter + [b""] + parts[1:],
        delimiter + [parts[0][:63]] + parts[1:], delimiter + parts[:3], delimiter + parts[:1] + parts[2:],
        delimiter + [parts[0]] + [parts[1], parts[2], parts[3], b'{"code":"owned = 1"}'],
        [b"x"] * 5000, [os.urandom(1000) for _ in range(6)], delimiter + [os.urandom(64)] + [os.urandom(10)] * 4,
    ]
    for name, target in sockets.items():
        for frames in hostile:
            if frames:
                target.send_multipart(frames)
    # What is no message of JSON though signed rightly.
    for blobs in [[b"[]"] * 4, [b"{}"] * 4, [b"\xff"] * 4, [b"[" * 5000] * 4]:
        sockets["shell"].send_multipart(delimiter + [session.sign(blobs)] + blobs)
    # The same message twice, as someone would send it who recorded it.
    sockets["shell"].send_multipart(other)
    sockets["shell"].send_multipart(other)
    answers = 0
    while sockets["shell"].poll(2000 if answers == 0 else 300):
        answer = sockets["shell"].recv_multipart()
        equal(json.loads(answer[3])["msg_id"], json.loads(other[2])["msg_id"])
        answers += 1
    equal(answers, 1)
    raw = socket.create_connection((info["ip"], info["shell_port"]))
    raw.sendall(os.urandom(4096))
    raw.close()
    equal(notebook.run("owned")[0]["status"], "error")
    equal(notebook.reply(notebook.client.complete("adam", 4))["matches"], ["adam", "adamw"])
    # Rightly signed, and wrong.
    for content in [{}, {"code": 7}, {"code": "1", "silent": "no"}]:
        request = session.send(notebook.client.shell_channel.socket, "execute_request", content)
        equal(notebook.reply(request["header"]["msg_id"])["status"], "error")
    equal(text(notebook.run("1 + 1")[1], "execute_result"), ["2"])
    context.destroy(linger=0)
    notebook.end()


@test
def a_kernel_restarts_and_ends():
    notebook = Notebook()
    notebook.run("x = 1")
    notebook.manager.restart_kernel(now=False)
    notebook.client.wait_for_ready(timeout=SECONDS)
    equal(notebook.run("x")[0]["ename"], "error")
    reply, _ = notebook.run("exit(3)")
    equal(reply["payload"], [{"source": "ask_exit", "keepkernel": False}])
    equal(notebook.run("1")[0]["evalue"], "the session has ended; restart the kernel")
    notebook.client.execute("while true { }")
    notebook.end()


@test
def the_heart_beats_while_a_cell_runs():
    notebook = Notebook()
    request = notebook.client.execute("print(1); while true { }")
    notebook.wait("stream")
    info = notebook.manager.get_connection_info()
    heart = zmq.Context.instance().socket(zmq.REQ)
    heart.connect(f"tcp://{info['ip']}:{info['hb_port']}")
    for beat in [b"", b"ping", os.urandom(1000)]:
        heart.send(beat)
        equal(heart.recv(), beat)
    heart.close(linger=0)
    notebook.client.control_channel.send(notebook.client.session.msg("kernel_info_request", {}))
    equal(notebook.client.get_control_msg(timeout=SECONDS)["content"]["implementation"], "lethe")
    notebook.manager.interrupt_kernel()
    equal(notebook.reply(request)["ename"], "interrupted")
    notebook.end()
