// Starts `lethe lsp` for what the editor shows, sends cells to a terminal in which `lethe` runs, and opens scripts as
// notebooks, whose cells run in the Jupyter kernel.
const { execFile } = require("child_process");
const fs = require("fs");
const path = require("path");
const { promisify } = require("util");
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;
let terminal;

function program() {
  return vscode.workspace.getConfiguration("lethe").get("path", "lethe");
}

async function start() {
  client = new LanguageClient(
    "lethe", "Lethe", { command: program(), args: ["lsp"] }, { documentSelector: [{ language: "lethe" }] });
  try {
    await client.start();
  } catch (error) {
    vscode.window.showErrorMessage(`${program()} lsp does not start: ${error.message}. Set lethe.path.`);
  }
}

/** The code of lines: without the lines that begin cells, and without recorded output. */
function code(document, first, end) {
  const lines = [];
  for (let line = first; line < Math.min(end, document.lineCount); line += 1) {
    const text = document.lineAt(line).text;
    if (!/^# *%%/.test(text) && !text.startsWith("#>")) lines.push(text);
  }
  return lines.join("\n").trim();
}

/** The cell around a line: its first line, and the one behind its last. */
function cellAround(document, line) {
  const begins = (index) => /^# *%%/.test(document.lineAt(index).text);
  let first = line;
  while (first > 0 && !begins(first)) first -= 1;
  let end = line + 1;
  while (end < document.lineCount && !begins(end)) end += 1;
  return [first, end];
}

/** Pastes a text at the prompt, which takes it as one cell. */
function send(text) {
  if (!text) return;
  if (!terminal || terminal.exitStatus !== undefined) {
    terminal = vscode.window.createTerminal({ name: "Lethe", shellPath: program() });
  }
  terminal.show(true);
  // What stands between these marks was pasted; a text that holds the second would end the paste.
  terminal.sendText(`\x1b[200~${text.replaceAll("\x1b", "")}\x1b[201~`, false);
  terminal.sendText("", true);
}

async function run(lines, uri, first, end) {
  const editor = vscode.window.activeTextEditor;
  const document = uri === undefined ? editor?.document : await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
  if (!document) return;
  const range = uri === undefined ? lines(document, editor.selection.active.line) : [first, end];
  send(code(document, range[0], range[1]));
}

function runSelection() {
  const editor = vscode.window.activeTextEditor;
  if (editor) send(editor.document.getText(editor.selection).trim());
}

/** Writes the script as a notebook beside it, with the output that it has recorded, and opens that. */
async function openNotebook() {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.languageId !== "lethe") return;
  if (document.isUntitled || (document.isDirty && !(await document.save()))) {
    vscode.window.showErrorMessage("Save the script first; the notebook is written beside it.");
    return;
  }
  const target = document.fileName.replace(/(\.lethe)?$/, ".ipynb");
  let isToBeWritten = true;
  if (fs.existsSync(target)) {
    const [keep, replace] = ["Open It", "Replace It"];
    const answer = await vscode.window.showWarningMessage(
      `${path.basename(target)} exists.`, { modal: true, detail: "What was changed in it is lost if it is replaced." },
      keep, replace);
    if (answer === undefined) return;
    isToBeWritten = answer === replace;
  }
  try {
    const words = ["--quiet", "export", document.fileName, "--ipynb", "--no-run", "-o", target];
    if (isToBeWritten) await promisify(execFile)(program(), words);
  } catch (error) {
    vscode.window.showErrorMessage(error.stderr || `${program()} does not start: ${error.message}. Set lethe.path.`);
    return;
  }
  await vscode.commands.executeCommand("vscode.openWith", vscode.Uri.file(target), "jupyter-notebook");
}

async function activate(context) {
  const above = (document, line) => [0, cellAround(document, line)[0]];
  const commands = {
    "lethe.runCell": (...place) => run(cellAround, ...place),
    "lethe.runAbove": (...place) => run(above, ...place),
    "lethe.runSelection": runSelection,
    "lethe.openNotebook": openNotebook,
    "lethe.restart": async () => {
      await client?.stop();
      await start();
    },
  };
  for (const [name, action] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(name, action));
  }
  await start();
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };
