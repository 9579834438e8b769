"""`lethe lsp`, asked as an editor asks it: a client of the Language Server Protocol over the program's standard streams."""

import json
import pathlib
import queue
import subprocess
import tempfile
import threading

from harness import PROGRAM, TIMEOUT, environment, equal, shell, test

URI = "file:///tmp/script.lethe"


class Failed(Exception):
    """What the server answered instead of a result."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]


class Editor:
    """A client. It keeps what the server says is wrong with each script."""

    def __init__(self, encodings=None, start=True):
        self.home = tempfile.mkdtemp(prefix="lethe-home-")
        self.server = subprocess.Popen(
            [PROGRAM, "lsp", "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(self.home))
        self.messages = queue.Queue()
        self.problems = {}
        self.last = 0
        self.version = 0
        threading.Thread(target=self._read, daemon=True).start()
        if start:
            capabilities = {"general": {"positionEncodings": encodings}} if encodings else {}
            self.capabilities = self.ask("initialize", {"processId": None, "capabilities": capabilities})["capabilities"]
            self.tell("initialized", {})

    def _read(self):
        while True:
            length = None
            while line := self.server.stdout.readline().strip():
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if length is None:
                return self.messages.put(None)
            self.messages.put(json.loads(self.server.stdout.read(length)))

    def send(self, message):
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.raw(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def raw(self, data):
        self.server.stdin.write(data)
        self.server.stdin.flush()

    def receive(self):
        """The next answer; what is said about scripts in between is kept."""
        while True:
            message = self.messages.get(timeout=TIMEOUT)
            assert message is not None, "the server ended"
            if message.get("method") == "textDocument/publishDiagnostics":
                self.problems[message["params"]["uri"]] = message["params"]
                if self.waits_for_problems:
                    return message
            else:
                return message

    waits_for_problems = False

    def tell(self, method, params):
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def request(self, method, params):
        self.last += 1
        self.send({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params})
        return self.last

    def answer(self, number):
        message = self.receive()
        equal(message["id"], number)
        if "error" in message:
            raise Failed(message["error"])
        return message["result"]

    def ask(self, method, params=None):
        return self.answer(self.request(method, params))

    # Scripts

    def open(self, text, uri=URI):
        self.version += 1
        self.tell("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "lethe", "version": self.version, "text": text}})
        return self.wrong(uri)

    def change(self, *changes, uri=URI):
        """Each change is a text, or a range of four numbers and the text that comes in its place."""
        self.version += 1
        contents = []
        for change in changes:
            if isinstance(change, str):
                contents.append({"text": change})
            else:
                a, b, c, d, text = change
                contents.append({"range": {"start": {"line": a, "character": b}, "end": {"line": c, "character": d}}, "text": text})
        self.tell("textDocument/didChange", {"textDocument": {"uri": uri, "version": self.version}, "contentChanges": contents})
        return self.wrong(uri)

    def wrong(self, uri=URI):
        """What is wrong with this version: (line, column, column, first line of the message)."""
        self.waits_for_problems = True
        while self.problems.get(uri, {}).get("version") != self.version:
            message = self.receive()
            assert "method" in message, message
        self.waits_for_problems = False
        return [
            (p["range"]["start"]["line"], p["range"]["start"]["character"], p["range"]["end"]["character"], p["message"].split("\n")[0])
            for p in self.problems[uri]["diagnostics"]]

    def at(self, method, line, character, uri=URI, **more):
        place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
        return self.ask("textDocument/" + method, {**place, **more})

    def of(self, method, uri=URI, **more):
        return self.ask("textDocument/" + method, {"textDocument": {"uri": uri}, **more})

    def close(self):
        equal(self.ask("shutdown"), None)
        self.tell("exit", None)
        equal(self.server.wait(timeout=TIMEOUT), 0)


def edited(text, edits):
    """A text after edits, columns counted in UTF-16."""
    lines = text.split("\n")
    for edit in sorted(edits, key=lambda e: (e["range"]["start"]["line"], e["range"]["start"]["character"]), reverse=True):
        start, end = edit["range"]["start"], edit["range"]["end"]

        def offset(place):
            line = lines[place["line"]].encode("utf-16-le")[: 2 * place["character"]].decode("utf-16-le")
            return sum(len(x) + 1 for x in lines[: place["line"]]) + len(line)

        a, b = offset(start), offset(end)
        text = text[:a] + edit["newText"] + text[b:]
    return text


def columns(ranges):
    return [(r["start"]["line"], r["start"]["character"], r["end"]["character"]) for r in ranges]


SCRIPT = """# %% First
# How far it goes.
def scaled(x, factor=2) = factor * x
y = scaled(3)
# %% [markdown]
# # Some prose
# %% Second
for i in range(2) { print(scaled(i, factor=3) + y) }
def f(a) {
  b = a + y
  return b
}
"""


@test
def language_server_names_mistakes_as_they_are_typed():
    editor = Editor()
    equal(editor.open("model = 1\nprint(mdoel)\n"), [(1, 6, 11, "`mdoel` is not defined; did you mean `model`?")])
    fix = editor.of("codeAction", range={"start": {"line": 1, "character": 6}, "end": {"line": 1, "character": 6}}, context={"diagnostics": editor.problems[URI]["diagnostics"]})
    equal([(f["title"], f["edit"]["changes"][URI][0]["newText"]) for f in fix], [("write `model`", "model")])
    equal(editor.change((1, 7, 1, 9, "od")), [])
    equal(editor.change((1, 11, 1, 12, "")), [(1, 5, 6, "`(` is not closed; no `)` follows it")])
    equal(editor.change((1, 11, 1, 11, ", lst)"), (0, 0, 0, 0, "lst = 2\n")), [])
    for text, expected in [
        ("x = [1, 2\n", [(0, 4, 5, "`[` is not closed; no `]` follows it")]),
        ("adamw(rate=1)\n", [(0, 6, 10, "`adamw` has no option `rate`")]),
        ("adamw(lr=\"fast\")\n", [(0, 9, 15, "`lr` of `adamw` must be a number; it is the string \"fast\"")]),
        ("exp(1, 2)\n", [(0, 7, 8, "`exp` takes 1 argument; it was given 2")]),
        ("def f(x) = x\nf(1, 2)\nf(y=1)\n", [(1, 5, 6, "`f` takes 1 argument; it was given 2"), (2, 2, 3, "`f` has no option `y`")]),
        ("print = 3\n", [(0, 0, 5, "`print` is built in; choose another name")]),
        ("print(late)\nlate = 1\n", [(0, 6, 10, "`late` gets its value further down, in line 2")]),
        # Also where it stands in a branch that may never run, and in one statement; in a loop it may have come before.
        ("if 1 > 2 { print(late) }\nlate = 1\n", [(0, 17, 21, "`late` gets its value further down, in line 2")]),
        ("if 1 > 2 {\n  print(x)\n} else {\n  x = 1\n}\n", [(1, 8, 9, "`x` gets its value further down, in line 4")]),
        ("x = x + 1\n", [(0, 4, 5, "`x` has no value yet")]), ("print(q); q = 1\n", [(0, 6, 7, "`q` has no value yet")]),
        ("for i in range(2) {\n  if i > 0 { print(x) }\n  x = i\n}\n", []), ("while true { f = () -> f; y = 1; break }\n", []),
        ("try { x } catch e { 0 }\nx = 1\n", []), ("def f() = z\nz = 1\n", []),
        # Marks of a notebook are comments where a bracket is open around them.
        ("x = [1,\n#> 2\n  2,\n# %% title\n  3]\nx\n#> [1, 2, 3]\n", []),
        ("def f(a) {\n# %% a\n  b\n}\n", [(2, 2, 3, "`b` is not defined")]),
        ("def f() {\n  unused = 1\n  return 2\n}\nf()\n", [(1, 2, 8, "nothing reads `unused`")]),
        # What is there to fail, is caught, or comes from elsewhere is not wrong.
        ("x = (\n#> error: `(` is not closed\ntry { nothere } catch e { e.message }\n", []),
        (":load other.lethe\nfrom_there + 1\n", []),
        ("def f(n) = if n == 0 { 1 } else { g(n - 1) }\ndef g(n) = f(n)\nxs = [(a, b) -> a + b, x -> x.y]\n", []),
        # One mistake hides no other.
        ("a = )\nb = 1\nc = [\n\n# %%\nprint(a, b, c, d)\n", [
            (0, 4, 5, "`)` closes nothing; take it out or open it before"), (2, 4, 5, "`[` is not closed; no `]` follows it"),
            (5, 15, 16, "`d` is not defined")]),
    ]:
        equal(editor.change(text), expected)
    editor.version = None
    editor.tell("textDocument/didClose", {"textDocument": {"uri": URI}})
    equal(editor.wrong(), [])
    editor.close()


@test
def language_server_counts_columns_as_the_editor_does():
    text = "a = \"🌊é\"; print(bad)\r\nb = '日本'; worse\r\n"
    for encodings, places in [(None, [(0, 17, 20), (1, 10, 15)]), (["utf-16", "utf-8"], [(0, 20, 23), (1, 14, 19)])]:
        editor = Editor(encodings)
        equal([p[:3] for p in editor.open(text)], places)
        # Replaced by position, from the end to the start, over the end of a line.
        (a, b, c), (d, e, f) = places
        wanted = "a = \"🌊é\"; print(a)\r\nb = '日本'; b\r\n"
        equal(editor.change((d, e, d, f, "b"), (a, b, a, c, "a")), [])
        symbols = editor.of("documentSymbol")
        equal([s["name"] for s in symbols], ["a", "b"])
        equal(editor.of("formatting"), [])
        end = len(wanted.split("\r\n")[0].encode(encodings[1] if encodings else "utf-16-le")) // (1 if encodings else 2)
        equal([p[3] for p in editor.change((0, end, 1, 0, " + "))], ["this cannot be assigned to; a name, a field or an item can"])
        # A range that ends before it begins changes nothing; one beyond the text ends there.
        editor.change(text)
        equal([p[:3] for p in editor.change((1, 3, 0, 0, "zzz"))], places)
        equal([p[:3] for p in editor.change((7, 0, 9, 9, "zz"))], places + [(2, 0, 2)])
        # In the middle of a character it is meant.
        editor.change("x = '🌊'\n")
        equal(editor.change((0, 6, 0, 6, "y")), [])
        editor.close()


@test
def language_server_tells_of_names():
    editor = Editor()
    equal(editor.open(SCRIPT), [])
    hover = editor.at("hover", 7, 28)
    assert "def scaled(x, factor=2) = factor * x" in hover["contents"]["value"] and "How far it goes." in hover["contents"]["value"], hover
    equal(columns([hover["range"]]), [(7, 26, 32)])
    assert "print(" in editor.at("hover", 7, 21)["contents"]["value"]
    assert "```lethe" in editor.at("hover", 7, 1)["contents"]["value"]
    equal(editor.at("hover", 6, 0), None)
    # Where it gets its value, and where it is read.
    equal(columns(p["range"] for p in editor.at("definition", 7, 28)), [(2, 4, 10)])
    equal(columns(p["range"] for p in editor.at("definition", 7, 37)), [(2, 14, 20)])
    equal(columns(p["range"] for p in editor.at("references", 3, 0, context={"includeDeclaration": True})), [(3, 0, 1), (7, 48, 49), (9, 10, 11)])
    equal(columns(p["range"] for p in editor.at("references", 3, 0, context={"includeDeclaration": False})), [(7, 48, 49), (9, 10, 11)])
    equal([(p["range"]["start"]["line"], p["kind"]) for p in editor.at("documentHighlight", 9, 2)], [(9, 3), (10, 2)])
    # Another name.
    equal(editor.at("prepareRename", 3, 0)["placeholder"], "y")
    edits = editor.at("rename", 9, 2, newName="sum_of_both")["changes"][URI]
    equal(edited(SCRIPT, edits), SCRIPT.replace("  b = ", "  sum_of_both = ").replace("return b", "return sum_of_both"))
    for line, character, name, expected in [
        (3, 0, "print", "built in"), (3, 0, "i", "used here already"), (3, 0, "1x", "is no name"), (3, 0, "for", "is no name"),
        (2, 14, "k", "give by name"), (7, 21, "show", "does not get its value"), (6, 0, "x", "no name stands here"),
    ]:
        try:
            raise AssertionError(editor.at("rename", line, character, newName=name))
        except Failed as failed:
            assert failed.code == -32803 and expected in str(failed), (name, failed)
    # Lines for the session and titles of sliders name it, too.
    text = "run = 1\nzz = [1]\n:step run 20\n:back run\n:save a.ws run zz\n:type run + zz.run\n:drop run, zz\n?run\n# %% T [slider k=1..2, run=1..3]\nrun = 2\n:save run.ws zz\n"
    editor.change(text)
    renamed = edited(text, editor.at("rename", 0, 0, newName="go")["changes"][URI])
    equal(renamed, "go = 1\nzz = [1]\n:step go 20\n:back go\n:save a.ws go zz\n:type go + zz.run\n:drop go, zz\n?go\n# %% T [slider k=1..2, go=1..3]\ngo = 2\n:save run.ws zz\n")
    equal(len(editor.at("references", 0, 0, context={"includeDeclaration": True})), 9)
    editor.change("run = 1\n:load a.ws run\nrun\n")
    try:
        raise AssertionError(editor.at("rename", 0, 0, newName="go"))
    except Failed as failed:
        assert "workspace" in str(failed), failed
    editor.change(SCRIPT)
    # Signatures.
    editor.change((11, 0, 11, 0, "\nadamw(lr=1e-3, \nscaled(1, \n"))
    help = editor.at("signatureHelp", 12, 9)
    signature = help["signatures"][0]
    start, end = signature["parameters"][help["activeParameter"]]["label"]
    assert signature["label"].startswith("adamw(") and signature["label"][start:end].startswith("lr="), help
    help = editor.at("signatureHelp", 13, 10)
    equal((help["signatures"][0]["label"], help["activeParameter"]), ("scaled(x, factor=2)", 1))
    equal(editor.at("signatureHelp", 3, 0), None)
    editor.close()


@test
def language_server_completes():
    editor = Editor()

    def labels(text, after):
        editor.change(text)
        before = text[: text.rindex(after) + len(after)]
        line = before.count("\n")
        place = (line, len(before) - before.rfind("\n") - 1)
        return editor.at("completion", *place)["items"]

    editor.open("")
    items = labels(SCRIPT + "print(sca)", "print(sca")
    equal(items[0]["label"], "scaled")
    equal((items[0]["kind"], items[0]["detail"]), (3, "scaled(x, factor=2)"))
    equal(columns([items[0]["textEdit"]["range"]]), [(12, 6, 9)])
    items = labels("ada", "ada")
    item = next(i for i in items if i["label"] == "adamw")
    assert "documentation" not in item
    assert "weight decay" in editor.ask("completionItem/resolve", item)["documentation"]["value"]
    names = [i["label"] for i in labels(SCRIPT + "scaled(1, )", "scaled(1, ")]
    equal(names[0], "factor=")
    names = [i["label"] for i in labels("adamw()", "adamw(")]
    assert "lr=" in names and "print" not in names, names
    equal([i["label"] for i in labels("start(1, loss=np)", "loss=np")][:1], ["npo"])
    equal([i["label"] for i in labels("r = (mom=1, hess=2)\nr.he", "r.he")], ["hess"])
    assert ":guide" in [i["label"] for i in labels(":gu", ":gu")]
    equal(labels("# ada", "# ada"), [])
    equal([i["label"] for i in labels("def f(width) {\n  height = 1\n  wid\n}", "  wid")], ["width"])
    editor.close()


@test
def language_server_lists_cells_and_formats_them():
    editor = Editor()
    untidy = SCRIPT.replace("factor * x", "factor*x").replace("  b = a + y", "    b=a+y")
    editor.open(untidy)
    symbols = editor.of("documentSymbol")
    equal([(s["name"], [c["name"] for c in s.get("children", [])]) for s in symbols], [("First", ["scaled", "y"]), ("Some prose", []), ("Second", ["i", "f"])])
    equal(symbols[0]["children"][0]["detail"], "scaled(x, factor=2)")
    lenses = [(x["range"]["start"]["line"], x["command"]["title"], x["command"]["command"], x["command"]["arguments"]) for x in editor.of("codeLens")]
    equal(lenses, [
        (0, "Run cell", "lethe.runCell", [URI, 0, 4]), (6, "Run cell", "lethe.runCell", [URI, 6, 12]),
        (6, "Run above", "lethe.runAbove", [URI, 0, 6])])
    folds = [(f["startLine"], f["endLine"]) for f in editor.of("foldingRange")]
    assert (0, 3) in folds and (8, 11) in folds, folds
    equal(edited(untidy, editor.of("formatting", options={})), SCRIPT)
    # The cell alone.
    place = {"line": 7, "character": 0}
    equal(edited(untidy, editor.of("rangeFormatting", range={"start": place, "end": place}, options={})), untidy.replace("    b=a+y", "  b = a + y"))
    editor.change("x=(\n")
    equal(editor.of("formatting", options={}), None)
    editor.close()


@test
def language_server_answers_whatever_is_sent():
    editor = Editor(start=False)

    def error():
        message = editor.receive()
        return message["id"], message["error"]["code"]

    editor.request("textDocument/hover", {})
    equal(error(), (1, -32002))
    for body in [b"{", b"\xff\xfe", b"[" * 600, b"{\"a\":1,\"a\":2}"]:
        editor.send(body)
        equal(error(), (None, -32700))
    for message in [7, {}, {"id": 1.5}, {"id": [1], "method": "x"}]:
        editor.send(message)
        equal(error()[1], -32600)
    editor.raw(b"Content-Length: many\r\n\r\n")
    equal(error(), (None, -32700))
    editor.raw(b"nothing: here\r\n\r\n")
    equal(error(), (None, -32700))
    editor.raw(b"Content-Length: 99999999999\r\n\r\n")
    equal(error(), (None, -32700))
    editor.server.kill()

    editor = Editor()
    for method, params in [
        ("textDocument/hover", None), ("textDocument/hover", {"textDocument": {"uri": URI}}), ("textDocument/hover", {"textDocument": 1}),
        ("textDocument/rename", {"textDocument": {"uri": "file:///none"}}),
    ]:
        editor.request(method, params)
        equal(error()[1], -32602)
    editor.open("x = 1\n")
    for position in [None, {"line": -1, "character": 0}, {"line": "1", "character": 0}, {"line": 0}]:
        editor.request("textDocument/hover", {"textDocument": {"uri": URI}, "position": position})
        equal(error()[1], -32602)
    equal(editor.at("hover", 10**9, 10**9), None)
    for method in ["initialize", "no/such", "textDocument/noSuch", "workspace/executeCommand"]:
        editor.request(method, {"textDocument": {"uri": URI}})
        assert error()[1] in (-32600, -32601), method
    # Notifications that make no sense are passed over, and so are answers.
    for params in [None, [], {"textDocument": {}}, {"textDocument": {"uri": URI}, "contentChanges": [1, {"range": 3, "text": "y"}]}]:
        for method in ["textDocument/didOpen", "textDocument/didChange", "textDocument/didClose" if params is None else "no/such"]:
            editor.tell(method, params)
    editor.send({"id": 3, "result": None})
    # Requests that are taken back before their turn.
    editor.change("".join(f"x{i} = {i}\n" for i in range(3000)))
    pieces = b""
    for message in [
        {"id": 90, "method": "textDocument/documentSymbol", "params": {"textDocument": {"uri": URI}}},
        {"id": "last", "method": "textDocument/documentSymbol", "params": {"textDocument": {"uri": URI}}},
        {"method": "$/cancelRequest", "params": {"id": "last"}},
    ]:
        body = json.dumps(message).encode()
        pieces += b"Content-Length: %d\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n" % len(body) + body
    editor.raw(pieces)
    equal(len(editor.answer(90)), 3000)
    equal(error(), ("last", -32800))
    # A message that comes byte by byte.
    body = json.dumps({"id": 91, "method": "textDocument/codeLens", "params": {"textDocument": {"uri": URI}}}).encode()
    for byte in b"Content-Length: %d\r\n\r\n" % len(body) + body:
        editor.raw(bytes([byte]))
    equal(editor.answer(91), [])
    equal(editor.ask("shutdown"), None)
    editor.request("textDocument/codeLens", {"textDocument": {"uri": URI}})
    equal(error()[1], -32600)
    editor.tell("exit", None)
    equal(editor.server.wait(timeout=TIMEOUT), 0)

    editor = Editor()
    editor.tell("exit", None)
    equal(editor.server.wait(timeout=TIMEOUT), 1)
    editor = Editor()
    editor.server.stdin.close()
    equal(editor.server.wait(timeout=TIMEOUT), 1)


@test
def language_server_commands_are_the_extension_s():
    folder = pathlib.Path(__file__).resolve().parents[2] / "docs" / "editors" / "vscode"
    package = json.loads((folder / "package.json").read_text())
    json.loads((folder / "language-configuration.json").read_text())
    editor = Editor()
    editor.open("# %% A\nx = 1\n# %% B\nx\n")
    sent = {lens["command"]["command"] for lens in editor.of("codeLens")}
    editor.close()
    known = {command["command"] for command in package["contributes"]["commands"]}
    script = (folder / package["main"]).read_text()
    assert sent <= known and all(f'"{command}":' in script for command in known), (sent, known)


@test
def language_server_knows_used_files():
    editor = Editor()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lethe-lsp-"))
    (folder / "lib file.lethe").write_text("def f(x) = x\n")
    uri = (folder / "own.lethe").as_uri()
    editor.open("lib = use \"lib file.lethe\"\nlib.f(1)\nuse \"none.lethe\"\n", uri)
    equal([p["uri"] for p in editor.at("definition", 0, 14, uri)], [(folder / "lib file.lethe").as_uri()])
    equal(editor.at("definition", 2, 6, uri), None)
    editor.close()


@test
def language_server_follows_a_script_of_ten_thousand_lines():
    lines = []
    for k in range(1000):
        lines += [
            f"# %% Cell {k}", f"def f{k}(x, factor={k}) {{", f"  y = factor * x + {k}", "  return y / (1 + exp(-y))", "}",
            f"a{k} = f{k}(3, factor=2)", f"xs{k} = [1, 2, 3] |> map(x -> x + a{k})", f'print("{{a{k}:.2f}} {{xs{k}[0]}}")', "#> 1", ""]
    text = "\n".join(lines)
    editor = Editor()
    equal(editor.open(text), [])
    for index, letter in enumerate("b + a999"):
        found = editor.change((5008, index, 5008, index, letter))
    equal(found, [(5008, 0, 1, "`b` is not defined"), (5008, 4, 8, "`a999` gets its value further down, in line 9996")])
    equal(editor.change((5008, 0, 5008, 8, "")), [])
    # A statement that ends in the middle at the end of a cell is not tried with all that follows.
    for index, letter in enumerate("z ="):
        found = editor.change((5009, index, 5009, index, letter))
    equal([(line, words) for line, _, _, words in found], [(5010, "expected an expression")])
    equal(editor.change((5009, 0, 5009, 3, "")), [])
    equal(len(editor.of("documentSymbol")), 1000)
    equal(editor.of("formatting", options={}), [])
    editor.close()


@test
def what_a_program_shows_of_functions_does_not_hang_on_their_layout():
    script = "s = study(lr->(loss=lr*2), grid=(lr=[1,2]), path=\"s.jsonl\")\\ndef g(x,y=2) {\\n  # why\\n  a=x+y\\n\\n  if a>2 {a=1}\\n  else { a = -a }\\n  return a\\n}\\n[g, x->x*2]\\nlen(repr(x->x*2))\\nstudy(f->f(1), grid=(f=[x->x*3]))\\n"
    status, out, err = shell(f"printf '{script}' > s.lethe; lethe s.lethe && echo == && lethe --quiet format s.lethe && lethe s.lethe")
    first, again = out.split("==\n")
    equal((status, again), (0, first))
    assert "[def g(x, y=2) { a = x + y; if a > 2 { a = 1 } else { a = -a }; return a }," in first, out + err


@test
def format_writes_scripts_anew():
    equal(shell("printf 'x=1\\n' | lethe format --stdin"), (0, "x = 1\n", ""))
    equal(shell("printf 'x=1\\n' > a; printf 'x = 1\\n' > b; lethe format --check a b; cat a"), (0, "a:1: not in canonical form\nx=1\n", ""))
    equal(shell("printf 'x=1\\n' > a; lethe format --check a")[0], 3)
    equal(shell("printf 'x=1\\n' > a; chmod 751 a; lethe format a a; cat a; stat -c %a a"), (0, "x = 1\n751\n", "formatted a\n"))
    # What is in canonical form is not written again.
    equal(shell("printf 'x = 1\\n' > a; touch -d 2001-01-01 a; chmod 444 a; lethe format a; stat -c %y a | cut -c1-4"), (0, "2001\n", ""))
    # The byte order mark and the ends of lines of Windows stay.
    equal(shell("printf '\\357\\273\\277x=1\\r\\ny\\r\\n' > a; lethe --quiet format a; od -c a | head -1"), (0, "0000000 357 273 277   x       =       1  \\r  \\n   y  \\r  \\n\n", ""))
    status, out, err = shell("printf 'x=1\\ny = [\\n' > a; lethe format a; cat a")
    assert out == "x=1\ny = [\n" and err.startswith("a:2:5: error: `[` is not closed"), (out, err)
    equal(shell("printf 'x = [\\n#> error: `[` is not closed\\ny=1\\n' | lethe format --stdin"), (0, "x = [\n#> error: `[` is not closed\ny = 1\n", ""))
    equal(shell("lethe format none.lethe")[0], 2)
    assert "which script?" in shell("lethe format")[2]
