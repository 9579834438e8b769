"""The extension for VS Code, in Node with a stand-in for the editor: what it does when a command is called."""

import json
import os
import re
import shutil
import subprocess
import tempfile

from harness import PROGRAM, Skip, equal, paste, test

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "editors", "vscode")
SCRIPT = "# %% One\nx = 1\nx\n#> 1\n\n# %% Two \U0001f9e0\ny = x + 1\nwrong\n#> error: `wrong` is not defined\n"

# Every call that reaches the editor is written down, one a line.
EDITOR = """
const say = exports.say = (...what) => console.log(JSON.stringify(what));
const script = process.env.SCRIPT, lines = require("fs").readFileSync(script, "utf8").split("\\n");
const document = {
  fileName: script, languageId: "lethe", isUntitled: false, isDirty: false, lineCount: lines.length,
  lineAt: line => ({ text: lines[line] }), getText: () => "x + 40",
};
exports.commands = { known: {}, executeCommand: async (...words) => say("command", ...words),
  registerCommand: (name, action) => { exports.commands.known[name] = action; return {}; } };
exports.window = {
  activeTextEditor: { document, selection: { active: { line: Number(process.env.LINE) } } },
  createTerminal: options => ({ show() {}, sendText: (text, enter) => say("terminal", text, enter) }),
  showErrorMessage: text => say("error", text),
  showWarningMessage: async (text, ...rest) => { say("warning", text); return process.env.ANSWER || undefined; },
};
exports.workspace = { getConfiguration: () => ({ get: () => process.env.LETHE }), openTextDocument: async () => document };
exports.Uri = { parse: text => text, file: text => text };
"""
# The language client's part that the extension uses: it starts the program that it is told to, and greets it.
CLIENT = """
const { spawn } = require("child_process");
exports.LanguageClient = class {
  constructor(id, name, server, client) { Object.assign(this, { id, name, server, client }); }
  start() {
    return new Promise((resolve, reject) => {
      this.process = spawn(this.server.command, this.server.args, { stdio: ["pipe", "pipe", "inherit"] });
      this.process.on("error", reject);
      let read = "";
      this.process.stdout.on("data", data => {
        read += data;
        const body = read.split("\\r\\n\\r\\n")[1];
        if (body) resolve(require("vscode").say("server", JSON.parse(body).result.serverInfo.name));
      });
      this.send({ id: 1, method: "initialize", params: { processId: process.pid, rootUri: null, capabilities: {} } });
    });
  }
  send(message) {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.process.stdin.on("error", () => {}).write(`Content-Length: ${Buffer.byteLength(body)}\\r\\n\\r\\n${body}`);
  }
  async stop() {
    this.process.stdin.end();
    await new Promise(resolve => this.process.on("exit", resolve));
    require("vscode").say("stopped");
  }
};
"""
DRIVER = """
(async () => {
  const vscode = require("vscode"), extension = require(process.env.EXTENSION), context = { subscriptions: [] };
  await extension.activate(context);
  const [command, words] = process.argv.slice(2);
  if (command) await vscode.commands.known[command](...JSON.parse(words));
  else vscode.say("known", ...Object.keys(vscode.commands.known), context.subscriptions.length);
  if (process.env.SERVED) await extension.deactivate();
})();
"""


def call(folder, command, *arguments, line=0, answer="", program=PROGRAM):
    """What the editor is asked to do when a command is called, after the server was started and before it is stopped."""
    done = subprocess.run(
        ["node", os.path.join(folder, "driver.js"), command, json.dumps(arguments)], capture_output=True, text=True,
        timeout=60, env={
            **os.environ, "NODE_PATH": os.path.join(folder, "node_modules"), "LINE": str(line), "ANSWER": answer,
            "EXTENSION": os.path.join(FOLDER, "extension.js"), "SCRIPT": os.path.join(folder, "s.lethe"),
            "LETHE": program, "SERVED": "1" if program == PROGRAM else ""})
    equal((done.returncode, done.stderr), (0, ""))
    said = [json.loads(text) for text in done.stdout.splitlines()]
    if program != PROGRAM:
        return said
    equal((said[0], said[-1]), (["server", "lethe"], ["stopped"]))
    return said[1:-1]


def workshop():
    if not shutil.which("node"):
        raise Skip("node is not installed")
    folder = tempfile.mkdtemp(prefix="lethe-home-")
    for path, text in [
        ("node_modules/vscode/index.js", EDITOR), ("driver.js", DRIVER), ("s.lethe", SCRIPT),
        ("node_modules/vscode-languageclient/node.js", CLIENT),
    ]:
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        with open(os.path.join(folder, path), "w", encoding="utf8") as file:
            file.write(text)
    return folder


@test
def the_extension_starts_the_server():
    folder = workshop()
    equal(call(folder, "lethe.restart"), [["stopped"], ["server", "lethe"]])
    (error,) = call(folder, "", program="/nowhere/lethe")[:1]
    equal(error, ["error", "/nowhere/lethe lsp does not start: spawn /nowhere/lethe ENOENT. Set lethe.path."])


@test
def the_extension_is_what_its_manifest_says():
    """What the packager and the editor check of package.json."""
    folder = workshop()
    with open(os.path.join(FOLDER, "package.json"), encoding="utf8") as file:
        manifest = json.load(file)
    gives = manifest["contributes"]
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", manifest["name"]) and manifest["publisher"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"]) and re.fullmatch(r"\^1\.\d+\.0", manifest["engines"]["vscode"])
    named = {command["command"] for command in gives["commands"]}
    (said,) = call(folder, "")
    equal((said[0], set(said[1:-1]), said[-1]), ("known", named, len(named)))
    for place in gives["keybindings"] + gives["menus"]["commandPalette"]:
        assert place["command"] in named, place
    languages = {language["id"] for language in gives["languages"]}
    equal(languages, {grammar["language"] for grammar in gives["grammars"]} | {"lethe"})
    for path in [manifest["main"]] + [language["configuration"] for language in gives["languages"]]:
        assert os.path.exists(os.path.join(FOLDER, path)), path
    with open(os.path.join(FOLDER, gives["languages"][0]["configuration"]), encoding="utf8") as file:
        json.load(file)
    # The grammar is written by a script that packaging runs first.
    equal(manifest["scripts"]["vscode:prepublish"], "npm run grammar")
    words = manifest["scripts"]["grammar"].split()
    equal((words[0], os.path.normpath(words[-1])), ("lethe", os.path.normpath(gives["grammars"][0]["path"])))
    target = os.path.join(folder, words[-1])
    subprocess.run([PROGRAM, *words[1:-1], target], check=True, capture_output=True)
    with open(target, encoding="utf8") as file:
        equal(json.load(file)["scopeName"], gives["grammars"][0]["scopeName"])


@test
def the_extension_pastes_cells_at_the_prompt():
    folder = workshop()
    enter = ["terminal", "", True]
    one, two = [["terminal", paste(text), False] for text in ["x = 1\nx", "y = x + 1\nwrong"]]
    equal(call(folder, "lethe.runCell", line=2), [one, enter])
    equal(call(folder, "lethe.runCell", "file:///s.lethe", 5, 9), [two, enter])
    equal(call(folder, "lethe.runAbove", line=6), [one, enter])
    equal(call(folder, "lethe.runAbove", line=1), [])
    equal(call(folder, "lethe.runSelection"), [["terminal", paste("x + 40"), False], enter])


@test
def the_extension_opens_a_script_as_a_notebook():
    folder = workshop()
    path = os.path.join(folder, "s.ipynb")
    opened = ["command", "vscode.openWith", path, "jupyter-notebook"]
    equal(call(folder, "lethe.openNotebook"), [opened])
    with open(path, encoding="utf8") as file:
        cells = [cell for cell in json.load(file)["cells"] if cell["cell_type"] == "code"]
    equal([cell["source"] for cell in cells], [["x = 1\n", "x"], ["y = x + 1\n", "wrong"]])
    equal([cell["metadata"] for cell in cells], [{}, {"tags": ["raises-exception"]}])
    # One that is there is not lost unasked.
    with open(path, "w") as file:
        file.write("mine")
    for answer, follows, holds in [("", [], "mine"), ("Open It", [opened], "mine"), ("Replace It", [opened], '"nbformat"')]:
        equal(call(folder, "lethe.openNotebook", answer=answer), [["warning", "s.ipynb exists."], *follows])
        with open(path) as file:
            assert holds in file.read(), answer
