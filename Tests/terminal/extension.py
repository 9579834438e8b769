"""The extension for VS Code, in Node with a stand-in for the editor: what it does when a command is called."""

import json
import os
import shutil
import subprocess
import tempfile

from harness import PROGRAM, Skip, equal, paste, test

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "editors", "vscode")
SCRIPT = "# %% One\nx = 1\nx\n#> 1\n\n# %% Two \U0001f9e0\ny = x + 1\nwrong\n#> error: `wrong` is not defined\n"

# Every call that reaches the editor is written down, one a line.
EDITOR = """
const say = (...what) => console.log(JSON.stringify(what));
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
DRIVER = """
(async () => {
  const vscode = require("vscode");
  await require(process.env.EXTENSION).activate({ subscriptions: [] });
  await vscode.commands.known[process.argv[2]](...JSON.parse(process.argv[3]));
})();
"""


def call(folder, command, *arguments, line=0, answer=""):
    """What the editor is asked to do when a command is called."""
    done = subprocess.run(
        ["node", os.path.join(folder, "driver.js"), command, json.dumps(arguments)], capture_output=True, text=True,
        timeout=60, env={
            **os.environ, "NODE_PATH": os.path.join(folder, "node_modules"), "LINE": str(line), "ANSWER": answer,
            "EXTENSION": os.path.join(FOLDER, "extension.js"), "SCRIPT": os.path.join(folder, "s.lethe"),
            "LETHE": PROGRAM})
    equal((done.returncode, done.stderr), (0, ""))
    return [json.loads(text) for text in done.stdout.splitlines()]


def workshop():
    if not shutil.which("node"):
        raise Skip("node is not installed")
    folder = tempfile.mkdtemp(prefix="lethe-home-")
    for path, text in [
        ("node_modules/vscode/index.js", EDITOR), ("driver.js", DRIVER), ("s.lethe", SCRIPT),
        ("node_modules/vscode-languageclient/node.js", "exports.LanguageClient = class { async start() {} async stop() {} };"),
    ]:
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        with open(os.path.join(folder, path), "w", encoding="utf8") as file:
            file.write(text)
    return folder


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
