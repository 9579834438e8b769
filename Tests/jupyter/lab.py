#!/usr/bin/env python3
"""JupyterLab in a headless Chromium, used as a person does: cells that are run by their keys, and what the page then shows.

lab.py [--shots FOLDER] keeps pictures of it, in the light theme and in the dark one. Needs the kernel installed, JupyterLab,
Chromium and, for Python, playwright; without them it is skipped.
"""

import contextlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "terminal"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "pages"))
from axe import browser_path  # noqa: E402
from harness import Skip, equal, run_all, test  # noqa: E402

SECONDS = 90
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

TRAIN = """tiny = gpt(30, layers=2, width=64, seed=1)
ids = batch([range(1, 11), range(3, 13)])
"""

CELLS = [
    'name = "Ines"\nprint("{name} was born in Lisbon.")\n1 / 3',
    'table(method=["ascent", "npo"], forget=[12.5, -0.31], steps=[60, 120], note=["diverges", "2 < 3 & 4"])',
    'plot([1, 2, 3, 4], [1, 4, 9, 16], title="squares", xlabel="n", ylabel="n²")',
    TRAIN + "taught = train(tiny, ids, steps=1500, batch=2)",
    "nll(taught, ids) < nll(tiny, idz)",
    "n = 0\nwhile true { n = n + 1 }",
    "n > 1000",
    "?adamw",
    "frontier",
]
NAMES = ["text", "table", "picture", "progress", "error", "interrupt", "after", "help", "typed"]


def missing():
    """What is not here."""
    found = {
        "JupyterLab": importlib.util.find_spec("jupyterlab"), "Chromium": browser_path(),
        "playwright": importlib.util.find_spec("playwright")}
    return [name for name, place in found.items() if not place]


def notebook(path, cells):
    """A notebook that has not been run."""
    content = {
        "cells": [
            {"cell_type": "code", "id": f"cell{number}", "metadata": {}, "execution_count": None, "outputs": [],
             "source": source} for number, source in enumerate(cells)],
        "metadata": {"kernelspec": {"display_name": "Lethe", "language": "lethe", "name": "lethe"}},
        "nbformat": 4, "nbformat_minor": 5}
    with open(path, "w", encoding="utf8") as file:
        json.dump(content, file)


@contextlib.contextmanager
def server(folder, theme):
    """JupyterLab over a folder of notebooks; its address."""
    settings = os.path.join(folder, ".settings")
    for extension, values in {
        "apputils-extension/themes": {"theme": theme},
        "apputils-extension/notification": {"fetchNews": "false"},
        # Every cell is in the page, seen or not.
        "notebook-extension/tracker": {"windowingMode": "none"},
    }.items():
        place = os.path.join(settings, "@jupyterlab", extension + ".jupyterlab-settings")
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "w", encoding="utf8") as file:
            json.dump(values, file)
    said = open(os.path.join(folder, "server.log"), "w+", encoding="utf8")
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0",
         "--IdentityProvider.token=", "--ServerApp.password=", "--ServerApp.disable_check_xsrf=True",
         f"--ServerApp.root_dir={folder}", f"--LabApp.user_settings_dir={settings}",
         f"--LabApp.workspaces_dir={folder}/.workspaces", "--LabApp.extension_manager=readonly"],
        stdout=said, stderr=subprocess.STDOUT, cwd=folder)
    try:
        yield address(process, said)
    finally:
        process.terminate()
        process.wait(30)
        said.close()


def address(process, said):
    """Where the server is, once it answers."""
    end = time.monotonic() + SECONDS
    while True:
        said.seek(0)
        lines = said.read()
        for word in lines.split():
            if word.startswith("http://127.0.0.1:"):
                url = word.split("/lab")[0].rstrip("/")
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(url + "/api/status", timeout=5).close()
                    return url
        assert process.poll() is None and time.monotonic() < end, f"JupyterLab does not start: {lines[-1000:]}"
        time.sleep(0.1)


class Page:
    """A notebook as JupyterLab shows it."""

    def __init__(self, page, url, name):
        self.page = page
        page.set_default_timeout(SECONDS * 1000)
        page.goto(f"{url}/lab/tree/{name}?reset")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        # Its toolbar says "idle" before there is a kernel; a cell that is run then is not.
        self.settle(url)
        self.wait("idle")

    def settle(self, url):
        """Waits until the page is connected to a kernel that waits for cells."""
        end = time.monotonic() + SECONDS
        while True:
            with urllib.request.urlopen(url + "/api/kernels", timeout=SECONDS) as answer:
                if any(kernel["connections"] > 0 for kernel in json.load(answer)):
                    break
            assert time.monotonic() < end, "no kernel starts"
            time.sleep(0.1)
        self.page.wait_for_function(
            "() => document.querySelector('#jp-main-statusbar')?.innerText.includes('Lethe | Idle')")

    def wait(self, status):
        self.page.wait_for_selector(f'.jp-Notebook-ExecutionIndicator[data-status="{status}"]', state="attached")

    def cell(self, index):
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(index)

    def number(self, index):
        return self.cell(index).locator(".jp-InputPrompt").inner_text()

    def start(self, index):
        """Runs a cell as Shift-Enter in it does."""
        self.cell(index).locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")

    def ended(self, index):
        """Waits until the cell has its number; returns its outputs."""
        self.page.wait_for_function(
            """index => /^\\[\\d+\\]:$/.test(
                document.querySelectorAll(".jp-Notebook .jp-CodeCell")[index].querySelector(".jp-InputPrompt").innerText)""",
            arg=index)
        self.wait("idle")
        return self.outputs(index)

    def run(self, index):
        self.start(index)
        return self.ended(index)

    def outputs(self, index):
        return self.cell(index).locator(".jp-OutputArea-output")

    def texts(self, index):
        return self.outputs(index).all_inner_texts()

    def shot(self, folder, name, index=None):
        if folder:
            target = self.page if index is None else self.cell(index)
            target.screenshot(path=os.path.join(folder, name + ".png"))


def contrast(output):
    """The least contrast between a text of an output and what is behind it, and that text."""
    return output.evaluate("""output => {
        const parts = color => color.match(/[\\d.]+/g).map(Number);
        const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
            .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
        // Grounds that let through what is behind them are mixed with it.
        const behind = element => {
            if (!element) return [255, 255, 255];
            const [r, g, b, alpha = 1] = parts(getComputedStyle(element).backgroundColor);
            if (alpha === 1) return [r, g, b];
            const below = behind(element.parentElement);
            return [r, g, b].map((c, i) => alpha * c + (1 - alpha) * below[i]);
        };
        let least = [21, ""];
        const walker = document.createTreeWalker(output, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
            const node = walker.currentNode;
            if (!node.nodeValue.trim()) continue;
            const a = light(parts(getComputedStyle(node.parentElement).color)), b = light(behind(node.parentElement));
            const found = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (found < least[0]) least = [found, node.nodeValue];
        }
        return least;
    }""")


def use(lab, shots, theme):
    """Runs all cells and asserts on what they show."""
    outputs = lab.run(0)
    equal(lab.texts(0), ["Ines was born in Lisbon.\n", "0.3333"])

    outputs = lab.run(1)
    table = outputs.locator("table")
    equal(table.locator("th").all_inner_texts(), ["method", "forget", "steps", "note"])
    equal(table.locator("tbody tr").nth(1).locator("td").all_inner_texts(), ["npo", "-0.31", "120", "2 < 3 & 4"])

    picture = lab.run(2).locator('img[src^="data:image/svg+xml"], svg').first
    box = picture.bounding_box()
    assert box["width"] > 200 and box["height"] > 100, box

    # Progress is one output that changes; in the end it says what was done.
    lab.start(3)
    lab.page.wait_for_function("""() => {
        const cell = document.querySelectorAll(".jp-Notebook .jp-CodeCell")[3];
        return /train.*\\d/.test(cell.querySelector(".jp-OutputArea")?.innerText ?? "");
    }""")
    equal(lab.outputs(3).count(), 1)
    seen = lab.texts(3)[0]
    lab.shot(shots, f"{theme}-progress-running", 3)
    lab.ended(3)
    equal(lab.outputs(3).count(), 1)
    assert lab.texts(3)[0] != seen, seen

    output = lab.run(4)
    assert "`idz` is not defined" in output.inner_text() and "did you mean" in output.inner_text(), output.inner_text()
    equal(output.get_attribute("data-mime-type") or output.locator("[data-mime-type]").first.get_attribute("data-mime-type"),
          "application/vnd.jupyter.stderr")

    # The interrupt is asked for as by the notebook's own keys, I twice outside a cell.
    lab.start(5)
    lab.wait("busy")
    time.sleep(0.5)
    lab.page.keyboard.press("Escape")
    begin = time.monotonic()
    lab.page.keyboard.press("i")
    lab.page.keyboard.press("i")
    lab.wait("idle")
    took = time.monotonic() - begin
    assert took < 1, f"idle {took:.1f} s after the interrupt"
    lab.ended(5)
    assert "interrupted" in lab.outputs(5).inner_text(), lab.outputs(5).inner_text()
    lab.run(6)
    equal(lab.texts(6), ["true"])
    assert "adamw(model" in lab.run(7).inner_text()

    # TAB completes, Shift-TAB explains.
    lab.cell(8).locator(".cm-content").click()
    lab.page.keyboard.press("Control+End")
    lab.page.keyboard.press("Backspace")
    lab.page.keyboard.press("Tab")
    lab.page.wait_for_function("""() => {
        const cells = document.querySelectorAll(".jp-Notebook .jp-CodeCell");
        return document.querySelector(".jp-Completer:not(.lm-mod-hidden)") || cells[8].innerText.includes("frontier");
    }""")
    lab.shot(shots, f"{theme}-completion")
    lab.page.keyboard.press("Enter")
    lab.page.keyboard.type("(")
    lab.page.keyboard.press("Shift+Tab")
    lab.page.wait_for_selector(".jp-Tooltip")
    assert "frontier(" in lab.page.locator(".jp-Tooltip").inner_text()
    lab.shot(shots, f"{theme}-tooltip")
    lab.page.keyboard.press("Escape")

    for index in range(8):
        lab.shot(shots, f"{theme}-{NAMES[index]}", index)
    least, where = min(contrast(lab.outputs(index).nth(n)) for index in range(8) for n in range(lab.outputs(index).count()))
    assert least >= 4.5, f"{where!r} has a contrast of {least:.1f} only"
    return took, least


def in_theme(theme, shots=None):
    if gone := missing():
        raise Skip(f"there is no {' and no '.join(gone)}")
    from playwright.sync_api import sync_playwright

    folder = tempfile.mkdtemp(prefix="lethe-lab-")
    try:
        notebook(os.path.join(folder, "session.ipynb"), CELLS)
        with server(folder, THEMES[theme]) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1100, "height": 900})
            try:
                took, least = use(Page(page, url, "session.ipynb"), shots, theme)
            except Exception:
                if shots:
                    page.screenshot(path=os.path.join(shots, theme + "-failed.png"))
                raise
            finally:
                browser.close()
        return f"idle {took * 1000:.0f} ms after the interrupt, least contrast {least:.1f}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


SHOTS = sys.argv[2] if sys.argv[1:2] == ["--shots"] else None


@test
def jupyterlab_shows_a_session_in_both_themes():
    return "; ".join(f"{theme}: {in_theme(theme, SHOTS)}" for theme in THEMES)


if __name__ == "__main__":
    if SHOTS:
        os.makedirs(SHOTS, exist_ok=True)
    sys.exit(1 if run_all() else 0)
