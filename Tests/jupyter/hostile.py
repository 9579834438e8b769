"""What front ends seldom do, and what befalls a kernel: one function a behaviour."""

import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import equal, test  # noqa: E402
from kernel import SECONDS, Notebook, kinds, text, written  # noqa: E402


@test
def ten_megabytes_of_output_come_whole():
    notebook = Notebook()
    begin = time.monotonic()
    _, said = notebook.run('line = join(map(i -> "0123456789", range(100)), "")\nfor i in range(10000) { print(line) }')
    assert written(said) == ("0123456789" * 100 + "\n") * 10000, len(written(said))
    notes = f"in lines {time.monotonic() - begin:.1f} s"
    begin = time.monotonic()
    _, said = notebook.run('whole = join(map(i -> line, range(10000)), "𝒙")\nprint(whole)')
    equal(len(written(said)), 10_009_999 + 1)
    equal(text(notebook.run("1 + 1")[1], "execute_result"), ["2"])
    notebook.end()
    return notes + f", in one {time.monotonic() - begin:.1f} s"


@test
def every_cursor_of_a_line_with_astral_characters_is_answered():
    notebook = Notebook()
    code = '𝒙 = "🧠é"; 𝒚 = (𝒂𝒃=1)\nada𝒙; 𝒚.𝒂 + gra'
    notebook.run(code.split("\n")[0])
    for cursor in [-1, -2**40, 2**40, *range(len(code) + 3)]:
        reply = notebook.reply(notebook.client.complete(code, cursor))
        equal(reply["status"], "ok")
        end = min(max(cursor, 0), len(code))
        equal(reply["cursor_end"], end)
        assert 0 <= reply["cursor_start"] <= end, reply
        assert all(match.startswith(code[reply["cursor_start"]:end]) for match in reply["matches"]), (cursor, reply)
        equal(notebook.reply(notebook.client.inspect(code, cursor))["status"], "ok")
    reply = notebook.reply(notebook.client.complete(code, code.index("𝒂 +") + 1))
    equal((reply["matches"], code[reply["cursor_start"]]), (["𝒂𝒃"], "𝒂"))
    for content in [{"code": "a", "cursor_pos": "1"}, {"code": "a", "cursor_pos": 0.5}, {"code": None}, {"cursor_pos": 1}]:
        for kind in ["complete_request", "inspect_request"]:
            request = notebook.client.session.send(notebook.client.shell_channel.socket, kind, content)
            equal(notebook.reply(request["header"]["msg_id"])["status"], "error")
    notebook.end()


@test
def cells_behind_one_that_fails_wait_or_run_as_they_ask():
    notebook = Notebook()
    client = notebook.client
    wrong = client.execute("for i in range(1000000) { }\nwrong", stop_on_error=True)
    behind = [client.execute(f"x = {n}") for n in range(3)]
    asked = client.complete("adam", 4)
    equal(notebook.reply(wrong)["status"], "error")
    # What is no cell is answered in its turn.
    seen = {}
    while len(seen) < 4:
        message = client.get_shell_msg(timeout=SECONDS)
        seen[message["parent_header"]["msg_id"]] = message["content"]["status"]
    equal([seen[request] for request in behind] + [seen[asked]], ["aborted"] * 3 + ["ok"])
    wrong = client.execute("for i in range(1000000) { }\nwrong", stop_on_error=False)
    behind = client.execute("x = 7\nx")
    equal(notebook.reply(wrong)["status"], "error")
    equal(notebook.reply(behind)["status"], "ok")
    equal(text(notebook.published(behind), "execute_result"), ["7"])
    notebook.end()


@test
def silent_and_unstored_cells_leave_no_number():
    notebook = Notebook()
    equal(notebook.run("1")[0]["execution_count"], 1)
    for options in [dict(silent=True), dict(silent=True, store_history=True), dict(store_history=False)]:
        for code in ['print("a"); 2', "wrong", "train(gpt(30, seed=1), batch([[1, 2, 3]]), steps=20)", ":clear", "?adamw"]:
            reply, said = notebook.run(code, **options)
            equal((code, reply["status"]), (code, "error" if code == "wrong" else "ok"))
            equal(reply["execution_count"], 1)
            if options.get("silent"):
                equal((code, kinds(said)), (code, []))
    reply, said = notebook.run("[ans, len(out)]", allow_stdin=True)
    equal(reply["execution_count"], 2)
    history = notebook.reply(notebook.client.history(hist_access_type="tail", n=10, raw=True, output=False))["history"]
    equal([source for _, _, source in history], ["1", "[ans, len(out)]"])
    notebook.end()


@test
def expressions_beside_a_cell_are_values_and_change_nothing():
    notebook = Notebook()
    notebook.run("x = 1")
    expressions = {
        "value": "x", "none": "y = 2", "two": "x; x + 1", "printed": 'print("loud")', "wrong": "x +", "command": ":reset",
        "help": "?x", "nothing": "", "shell": "!echo loud", "table": "table(a=[1])"}
    reply, said = notebook.run("2", user_expressions=expressions)
    answers = reply["user_expressions"]
    equal(set(answers), set(expressions))
    equal((answers["value"]["data"]["text/plain"], answers["wrong"]["status"]), ("1", "error"))
    assert "<table>" in answers["table"]["data"]["text/html"]
    equal(text(said, "execute_result"), ["2"])
    equal(text(notebook.run("x")[1], "execute_result"), ["1"])
    equal(notebook.run("y")[0]["status"], "error")
    # One that does not end is interrupted like a cell.
    request = notebook.client.execute("3", user_expressions={"long": "fold((a, b) -> a + b, 0, range(2000000000))"})
    notebook.wait("execute_result")
    time.sleep(0.3)
    begin = time.monotonic()
    notebook.manager.interrupt_kernel()
    equal(notebook.reply(request)["user_expressions"]["long"]["status"], "error")
    took = time.monotonic() - begin
    equal(text(notebook.run("x")[1], "execute_result"), ["1"])
    notebook.end()
    return f"interrupted in {took * 1000:.0f} ms"


STUDY = """qa = authors()
base = load("authors")
def one(lr) = nll(unlearn(base, qa.forget, qa.retain, loss=ga, optimizer=sgd(lr=lr), batch=8, steps=2000), qa.forget)
rows = study(one, grid=(lr=[1e-5, 2e-5, 3e-5, 4e-5]))"""


@test
def a_study_is_interrupted():
    notebook = Notebook()
    request = notebook.client.execute(STUDY)
    time.sleep(3)
    begin = time.monotonic()
    notebook.manager.interrupt_kernel()
    equal(notebook.reply(request)["ename"], "interrupted")
    took = time.monotonic() - begin
    equal(text(notebook.run("len(qa.forget) > 0")[1], "execute_result"), ["true"])
    process = notebook.manager.provisioner.process.pid
    with open(f"/proc/{process}/task/{process}/children") as file:
        equal(file.read(), "")
    notebook.end()
    return f"{took * 1000:.0f} ms"


@test
def a_kernel_that_is_killed_is_started_again():
    notebook = Notebook()
    notebook.client.execute("print(1); while true { }")
    notebook.wait("stream")
    notebook.manager.provisioner.process.kill()
    while notebook.manager.is_alive():
        time.sleep(0.05)
    notebook.manager.restart_kernel(now=True)
    notebook.client.wait_for_ready(timeout=SECONDS)
    equal(text(notebook.run("1 + 1")[1], "execute_result"), ["2"])
    notebook.end()


@test
def two_kernels_save_to_one_workspace():
    folder = tempfile.mkdtemp(prefix="lethe-jupyter-")
    path = os.path.join(folder, "both.ws")
    both = [Notebook(), Notebook()]
    for index, notebook in enumerate(both):
        notebook.run(f"who = {index}\nweights = {index} + zeros(200000)")
    for _ in range(10):
        requests = [notebook.client.execute(f":save {path}") for notebook in both]
        for notebook, request in zip(both, requests):
            equal(notebook.reply(request)["status"], "ok")
    # Whoever was last, it is one of the two and whole.
    third = Notebook()
    equal(third.run(f":load {path}")[0]["status"], "ok")
    equal(text(third.run("max(abs(weights - who))")[1], "execute_result"), ["0"])
    equal([name for name in os.listdir(folder) if name != "both.ws"], [])
    for notebook in [*both, third]:
        notebook.end()


@test
def messages_out_of_place_do_no_harm():
    notebook = Notebook()
    session = notebook.client.session
    shell, control = notebook.client.shell_channel.socket, notebook.client.control_channel.socket
    for kind in ["nonsense", "input_reply", "debug_request", "comm_msg", "comm_close", "execute_reply", "status", "é🧠_request"]:
        for target in [shell, control]:
            session.send(target, kind, {"comm_id": 7})
    session.send(shell, "interrupt_request", {})
    session.send(control, "execute_request", {"code": "owned = 1"})
    session.send(shell, "comm_open", {"comm_id": ["x"], "target_name": None})
    for header in [{"msg_id": 1, "msg_type": "execute_request"}, {"msg_id": "a", "msg_type": ["execute_request"]},
                   {"msg_id": "", "msg_type": "execute_request"}]:
        session.send(shell, {"header": header, "msg_id": "a", "msg_type": "x", "parent_header": {}, "metadata": {},
                             "content": {"code": "owned = 1"}})
    for _ in range(200):
        session.send(control, "interrupt_request", {})
    equal(text(notebook.run("1 + 1")[1], "execute_result"), ["2"])
    equal(notebook.run("owned")[0]["status"], "error")
    for history in [{"hist_access_type": "tail", "n": -1}, {"hist_access_type": "range", "start": 2**62, "stop": -2**62},
                    {"hist_access_type": "search", "pattern": "[" * 5000, "n": 1}, {"hist_access_type": 3}]:
        request = session.send(shell, "history_request", history)
        assert notebook.reply(request["header"]["msg_id"])["status"] in ("ok", "error")
    for code in ["\x00", "\r\n", "\ufeff1", "#" * 100000, "(" * 20000, "x" * 1000000, "\u2028"]:
        assert notebook.run(code)[0]["status"] in ("ok", "error"), code[:5]
        notebook.reply(notebook.client.is_complete(code))
    equal(text(notebook.run("1 + 1")[1], "execute_result"), ["2"])
    notebook.end()
