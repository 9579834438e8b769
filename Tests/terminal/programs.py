"""Other programs that talk to Lethe: JSON lines, the Model Context Protocol, and clients that mean no good."""

import json
import os
import random
import subprocess
import tempfile
import threading

from harness import PROGRAM, Skip, environment, equal, test

SECONDS = 120


class Program:
    """Lethe with pipes for streams, one JSON value a line."""

    def __init__(self, *arguments):
        self.home = tempfile.mkdtemp(prefix="lethe-home-")
        self.process = subprocess.Popen(
            [PROGRAM, *arguments], env=environment(self.home), cwd=self.home, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def raw(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def flood(self, lines):
        """Sends without waiting for answers, which are to be read meanwhile."""
        threading.Thread(target=lambda: [self.raw(line) for line in lines], daemon=True).start()

    def send(self, **request):
        self.raw(json.dumps(request).encode() + b"\n")

    def read(self):
        line = self.process.stdout.readline()
        assert line, "the program has ended: " + self.process.stderr.read().decode()[:500]
        return json.loads(line)

    def ask(self, **request):
        self.send(**request)
        return self.read()

    def end(self):
        """Closes its input; returns the exit status and the lines that were still to come."""
        self.process.stdin.close()
        rest = [json.loads(line) for line in self.process.stdout]
        return self.process.wait(SECONDS), rest


@test
def json_lines_answer_every_request():
    lethe = Program("--json")
    run = lethe.ask(id=1, method="run", code="x = [1, 2.5]\nprint(\"é\")\nx")
    equal(run, {"id": 1, "status": "ok", "cell": 1, "outputs": [
        {"kind": "text", "stream": "stdout", "text": "é\n"},
        {"kind": "value", "text": "[1, 2.5]", "data": [1, 2.5]}]})
    failed = lethe.ask(id="two", method="run", code="é = 1\nnll(mdoel)")
    equal(failed["status"], "error")
    place = failed["outputs"][0]["place"]
    equal((place["cell"], place["line"], place["column"], place["start"], place["end"]), (2, 2, 5, 10, 15))
    picture = lethe.ask(id=3, method="run", code="plot([1, 2], [3, 4])")["outputs"][0]
    assert picture["svg"].startswith("<svg"), picture["svg"][:100]
    found = lethe.ask(id=4, method="complete", code="é; adam", cursor=7)
    equal((found["start"], found["end"], found["candidates"]), (3, 7, ["adam", "adamw"]))
    assert "weight_decay" in lethe.ask(id=5, method="inspect", code="adamw(lr=1, ", cursor=12)["text"]
    equal(lethe.ask(id=6, method="inspect", name="nosuchthing")["found"], False)
    equal(lethe.ask(id=7, method="is_complete", code="def f(x) {")["completeness"], "incomplete")
    equal(lethe.ask(id=8, method="is_complete", code="1 +* 2")["completeness"], "invalid")
    lethe.send(id=9, method="run", code="print(1)\n2\nprint(3)", stream=True)
    equal([lethe.read().get("output", {}).get("text") for _ in range(4)], ["1\n", "2", "3\n", None])
    # What waits when the input ends is still answered.
    lethe.send(id=10, method="run", code="x[0]")
    status, rest = lethe.end()
    equal((status, [line["id"] for line in rest], rest[0]["outputs"][0]["data"]), (0, [10], 1))


@test
def json_lines_hear_an_interrupt_while_a_cell_runs():
    lethe = Program("--json")
    # Wherever the first is stopped, also before its first turn, n is there.
    lethe.ask(id=0, method="run", code="n = 1")
    lethe.send(id=1, method="run", code="while true { n = n + 1 }")
    lethe.send(id=2, method="run", code="n > 0")
    lethe.send(id=3, method="run", code="never = 1")
    answers = {}
    lethe.send(id="stop three", method="interrupt", target=3)
    # The third had not begun, so it is gone without having run.
    while len(answers) < 2:
        answer = lethe.read()
        answers[answer["id"]] = answer
    equal((answers[3]["status"], answers["stop three"]["interrupted"]), ("interrupted", True))
    stopped = {}
    while 1 not in stopped:
        lethe.send(id="stop", method="interrupt", target=1)
        answer = lethe.read()
        while answer["id"] != "stop":
            stopped[answer["id"]] = answer
            answer = lethe.read()
        if answer["interrupted"]:
            answer = lethe.read()
            stopped[answer["id"]] = answer
    equal(stopped[1]["status"], "interrupted")
    second = stopped.get(2) or lethe.read()
    equal(second["outputs"][0]["data"], True)
    equal(lethe.ask(id=4, method="run", code="never")["status"], "error")
    equal(lethe.end()[0], 0)


@test
def json_lines_bear_any_bytes():
    lethe = Program("--json", "--log", "all.jsonl")
    choose = random.Random(3)
    hostile = [
        b"", b"{", b"null", b"[]", b"[" * 100000, b"\xff\xfe\x00", b'{"id":{}}', b'{"id":1}', b'{"method":"run"}',
        b'{"id":1,"method":"run","code":7}', b'{"id":1,"method":"rm","code":"x"}', b'{"id":1,"method":["run"]}',
        b'{"id":1,"method":"complete","code":"x","cursor":99999999999999999999}',
        b'{"id":1,"method":"complete","code":"x","cursor":-1}', b'{"id":1e400,"method":"run","code":"1"}',
        b'{"id":1,"method":"run","code":"\\ud800"}', b"\x00" * 1000,
    ] + [bytes(choose.randrange(256) for _ in range(choose.randrange(1, 400))).replace(b"\n", b" ") for _ in range(200)]
    lines = hostile + [b'{"id":1,"method":"run","code":"' + b"x" * (17 << 20) + b'"}']
    last = {"id": "last", "method": "run", "code": "!touch owned\n1 + 1"}
    lethe.flood([line + b"\n" for line in lines + [json.dumps(last).encode()]])
    answers = []
    while not answers or answers[-1]["id"] != "last":
        answers.append(lethe.read())
    equal({answer["status"] for answer in answers[:-1]} - {"refused", "error"}, set())
    assert any("longer than" in answer.get("message", "") for answer in answers)
    # Lines for the shell are named and left out.
    equal([output["kind"] for output in answers[-1]["outputs"]], ["text", "value"])
    assert "not run: !touch owned" in answers[-1]["outputs"][0]["text"]
    assert not os.path.exists(os.path.join(lethe.home, "owned"))
    equal(lethe.end()[0], 0)
    with open(os.path.join(lethe.home, "all.jsonl")) as file:
        log = [json.loads(line) for line in file]
    equal(log[-2]["run"], "!touch owned\n1 + 1")
    equal(log[-1]["status"], "ok")
    return f"{len(hostile)} lines"


@test
def json_lines_run_the_shell_where_they_may():
    lethe = Program("--json", "--allow-shell")
    run = lethe.ask(id=1, method="run", code="!echo out; echo err >&2; cat; exit 3")
    equal(run["outputs"], [{"kind": "text", "stream": "stdout", "text": "out\nerr\n[exit status 3]\n"}])
    last = lethe.ask(id=2, method="run", code="exit(4)")
    equal((last["exit"], lethe.process.wait(SECONDS)), (4, 4))


INITIALIZE = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}


class Agent(Program):
    def __init__(self, *arguments):
        super().__init__("mcp", *arguments)
        self.count = 0

    def request(self, method, **params):
        self.count += 1
        return self.ask(jsonrpc="2.0", id=self.count, method=method, params=params)

    def tool(self, name, /, **arguments):
        return self.request("tools/call", name=name, arguments=arguments)["result"]

    def notify(self, method, **params):
        self.send(jsonrpc="2.0", method=method, params=params)

    def begin(self, version="2025-06-18"):
        result = self.request("initialize", **dict(INITIALIZE, protocolVersion=version))["result"]
        self.notify("notifications/initialized")
        return result


@test
def an_agent_calls_tools():
    agent = Agent("--log", "log.jsonl")
    equal(agent.request("tools/list")["error"]["code"], -32002)
    equal(agent.begin()["protocolVersion"], "2025-06-18")
    equal(agent.request("initialize", **INITIALIZE)["error"]["code"], -32600)
    tools = agent.request("tools/list")["result"]["tools"]
    equal([tool["name"] for tool in tools], ["run", "complete", "inspect", "is_complete", "reset"])
    equal(agent.tool("run", code="x = 6 * 7\nx"), {"content": [{"type": "text", "text": "42\n"}], "isError": False})
    wrong = agent.tool("run", code="mdoel")
    equal((wrong["isError"], wrong["content"][0]["text"].splitlines()[0]), (True, "error: `mdoel` is not defined"))
    picture = agent.tool("run", code="plot([1, 2], [3, 4])", pictures=True)["content"][1]["resource"]
    equal((picture["mimeType"], picture["text"][:4]), ("image/svg+xml", "<svg"))
    equal(agent.tool("complete", code="adam")["content"][0]["text"], "adam\nadamw")
    assert "Hessian" in agent.tool("inspect", name="hvp")["content"][0]["text"]
    equal(agent.tool("is_complete", code="f(")["content"][0]["text"], "incomplete")
    equal(agent.tool("reset")["isError"], False)
    equal(agent.tool("run", code="x")["isError"], True)
    equal(agent.tool("run", cod="x")["isError"], True)
    equal(agent.request("tools/call", name="rm", arguments={})["error"]["code"], -32602)
    equal(agent.request("resources/list")["error"]["code"], -32601)
    equal(agent.tool("run", code="exit(3)")["content"][-1]["text"], "the session has ended; a new one has begun")
    equal(agent.end()[0], 0)
    with open(os.path.join(agent.home, "log.jsonl")) as file:
        log = [json.loads(line) for line in file]
    equal([line.get("run") or line.get("note") or line["status"] for line in log][:2], ["x = 6 * 7\nx", "ok"])
    equal(Agent().begin("1999-01-01")["protocolVersion"], "2025-11-25")


@test
def an_agent_cancels_a_call_and_pings_meanwhile():
    agent = Agent()
    agent.begin()
    agent.send(jsonrpc="2.0", id="long", method="tools/call", params={
        "name": "run", "arguments": {"code": "n = 0; while true { n = n + 1 }"}, "_meta": {"progressToken": "p"}})
    agent.send(jsonrpc="2.0", id="waits", method="tools/call", params={"name": "run", "arguments": {"code": "m = 1"}})
    equal(agent.request("ping")["result"], {})
    agent.notify("notifications/cancelled", requestId="waits", reason="changed my mind")
    agent.notify("notifications/cancelled", requestId="long")
    # Neither is answered; the names that the long one had stay, and the other never ran. A call that is cancelled
    # before it begins has no name to keep.
    answer = agent.request("tools/call", name="run", arguments={"code": "m"})
    equal((answer["id"], answer["result"]["isError"]), (agent.count, True))
    equal(agent.tool("run", code="1 + 1")["content"][0]["text"], "2\n")
    equal(agent.end(), (0, []))


@test
def an_agent_that_means_no_good_is_answered_and_not_obeyed():
    agent = Agent()
    lines = [
        (b"{", -32700), (b"\xff\x00\xfe", -32700), (b"[]", -32600), (b"7", -32600), (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600), (b'{"jsonrpc":"2.0","id":[1],"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":1}', -32600), (b'{"jsonrpc":"2.0","id":1,"method":7}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"initialize"}', -32602), (b"[" * 200000, -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"' + b"x" * (17 << 20) + b'"}', -32600),
    ]
    for line, code in lines:
        agent.raw(line + b"\n")
        equal((line[:40], agent.read()["error"]["code"]), (line[:40], code))
    # Answers and notifications that no one waits for.
    agent.raw(b'{"jsonrpc":"2.0","id":9,"result":{}}\n\n{"jsonrpc":"2.0","method":"notifications/cancelled","params":{}}\n')
    agent.begin()
    calls = [{"jsonrpc": "2.0", "id": f"many {index}", "method": "tools/call",
              "params": {"name": "run", "arguments": {"code": f"{index}"}}} for index in range(2000)]
    calls.append({"jsonrpc": "2.0", "id": "last", "method": "ping"})
    agent.flood([json.dumps(call).encode() + b'\n{"broken\n' for call in calls])
    found = {}
    while "last" not in found or len([key for key in found if str(key).startswith("many")]) < 2000:
        answer = agent.read()
        if answer.get("id") is not None:
            found[answer["id"]] = answer
    for index in range(2000):
        answer = found[f"many {index}"]
        if "error" in answer:
            equal(answer["error"]["code"], -32000)
        else:
            equal(answer["result"]["content"][0]["text"], f"{index}\n")
    told = agent.tool("run", code="!touch owned")["content"][0]["text"]
    assert told.startswith("not run: !touch owned"), told
    told = agent.tool("run", code=":check nosuch.lethe")
    equal(told["isError"], True)
    assert not os.path.exists(os.path.join(agent.home, "owned"))
    printed = agent.tool("run", code="for i in range(10^5) { print(\"0123456789\") }")["content"][0]["text"]
    assert len(printed) < 300000 and "left out" in printed
    equal(agent.end()[0], 0)


@test
def the_official_client_library_has_a_session():
    try:
        import mcp  # noqa: F401
    except ImportError:
        raise Skip("the Python package mcp is not installed")
    import asyncio

    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    async def talk():
        home = tempfile.mkdtemp(prefix="lethe-home-")
        server = StdioServerParameters(command=PROGRAM, args=["mcp"], env=environment(home), cwd=home)
        async with stdio_client(server) as (reading, writing), ClientSession(reading, writing) as session:
            await session.initialize()
            equal(len((await session.list_tools()).tools), 5)
            equal((await session.call_tool("run", {"code": "x = 2\nx"})).content[0].text, "2\n")
            steps = []

            async def hear(progress, total, message):
                steps.append(message)

            code = "s = 0\nfor i in range(3 * 10^6) { s = s + i }\ns"
            await session.call_tool("run", {"code": code}, progress_callback=hear)
            await session.send_ping()
            equal((await session.call_tool("run", {"code": "x"})).content[0].text, "2\n")

    asyncio.run(talk())
