"""Notebooks of scripts, run by nbconvert and papermill with the kernel: their outputs must be those that
`lethe export` writes, which are those that `lethe check` expects. lessons.py PROGRAM script..."""

import os
import subprocess
import sys
import tempfile

import nbformat


# Papermill's own cells, about errors.
PAPERMILL_NOTE = "papermill-error-cell-tag"


def outputs(cell):
    """What a cell printed, form by form; progress is no result."""
    result = []
    for output in cell.get("outputs", []):
        kind = output["output_type"]
        if kind == "stream":
            if output["name"] == "stdout":
                if result and result[-1][0] == "text":
                    result[-1] = ("text", result[-1][1] + output["text"])
                else:
                    result.append(("text", output["text"]))
        elif kind == "error":
            result.append(("error", output["evalue"]))
        elif not output["metadata"].get("lethe", {}).get("progress"):
            result.append(("value", {form: "".join(text) for form, text in output["data"].items()}))
    return result


def compare(expected, found):
    """The first difference between two notebooks; nothing where they show the same."""
    if len(expected.cells) != len(found.cells):
        return f"{len(expected.cells)} cells became {len(found.cells)}"
    for index, (a, b) in enumerate(zip(expected.cells, found.cells)):
        if outputs(a) != outputs(b):
            return f"cell {index + 1} shows\n{outputs(b)}\nin place of\n{outputs(a)}"
    return None


def run(program, script, folder):
    """Runs one script's notebook both ways; returns what is wrong by tool."""
    name = os.path.splitext(os.path.basename(script))[0]
    exported = os.path.join(folder, name + ".ipynb")
    subprocess.run([program, "--quiet", "export", script, "--ipynb", "-o", exported], check=True, cwd=os.path.dirname(script))
    expected = nbformat.read(exported, as_version=4)
    # Outputs go, but of cells that are left out when a script is checked: these are left out here, too.
    bare = os.path.join(folder, name + "-bare.ipynb")
    fresh = nbformat.from_dict(expected)
    for cell in fresh.cells:
        if cell.cell_type == "code" and "skip" not in cell.metadata.get("tags", []):
            cell.outputs = []
    nbformat.write(fresh, bare)
    done = {}
    # Papermill goes on behind an error that is to be shown, and yet ends with status 1 and notes on the first pages.
    shows_error = any("raises-exception" in cell.metadata.get("tags", []) for cell in expected.cells)
    commands = {
        "nbconvert": [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", bare, "--output",
                      name + "-nbconvert.ipynb", "--output-dir", folder, "--ExecutePreprocessor.timeout=-1"],
        "papermill": [sys.executable, "-m", "papermill", bare, os.path.join(folder, name + "-papermill.ipynb"),
                      "--no-progress-bar", "-k", "lethe", "--cwd", os.path.dirname(script)],
    }
    for tool, command in commands.items():
        ended = subprocess.run(command, capture_output=True, text=True, cwd=os.path.dirname(script))
        if ended.returncode != 0 and not (tool == "papermill" and shows_error):
            done[tool] = ended.stderr[-2000:]
            continue
        found = nbformat.read(os.path.join(folder, f"{name}-{tool}.ipynb"), as_version=4)
        found.cells = [cell for cell in found.cells if PAPERMILL_NOTE not in cell.metadata.get("tags", [])]
        done[tool] = compare(expected, found)
    return done


def main(program, scripts):
    failed = 0
    with tempfile.TemporaryDirectory(prefix="lethe-lessons-") as folder:
        for script in scripts:
            for tool, wrong in run(os.path.abspath(program), os.path.abspath(script), folder).items():
                failed += wrong is not None
                print(f"FAILED {os.path.basename(script)} by {tool}: {wrong}" if wrong else
                      f"ok {os.path.basename(script)} by {tool}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1], sys.argv[2:]) else 0)
