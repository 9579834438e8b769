#!/usr/bin/env python3
"""Accessibility of pages, by axe-core in a headless Chromium: axe.py PAGE.html…

Each page is judged light, dark, on a phone's 390 pixels and as it is printed; a finding that axe calls serious or
critical fails it, and so does a page that is wider than the phone. With --shots FOLDER pictures of all of them are kept.
Needs Chromium and, for Python, axe-playwright-python (or playwright and axe-core-python); without them it is skipped.
"""

import os
import shutil
import sys

VIEWS = [
    ("light", dict(viewport=dict(width=1100, height=900), color_scheme="light"), "screen"),
    ("dark", dict(viewport=dict(width=1100, height=900), color_scheme="dark"), "screen"),
    ("phone", dict(viewport=dict(width=390, height=844), color_scheme="light", device_scale_factor=2), "screen"),
    ("print", dict(viewport=dict(width=700, height=1000), color_scheme="light"), "print"),
]

# Pixels of a page that a picture of it shows.
TALLEST = 8000


def axe_script():
    """The text of axe-core; nothing where no package carries it."""
    for module in ("axe_playwright_python", "axe_core_python"):
        try:
            folder = os.path.dirname(__import__(module).__file__)
        except ImportError:
            continue
        path = os.path.join(folder, "axe.min.js")
        if os.path.exists(path):
            with open(path, encoding="utf8") as file:
                return file.read()
    return None


def browser_path():
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if path := shutil.which(name):
            return path
    return None


def findings(page, axe):
    # Its policy forbids a page all scripts but its own; the inspector's do not ask.
    page.evaluate(axe + "; undefined")
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{found['impact']} {found['id']}: {found['help']} — {node['html'][:120]}"
        for found in result["violations"] for node in found["nodes"][:3]
        if found["impact"] in ("serious", "critical")
    ]


def judge(browser, axe, path, shots):
    name = os.path.basename(path)
    bad = 0
    for view, options, media in VIEWS:
        context = browser.new_context(bypass_csp=True, **options)
        page = context.new_page()
        asked, failed = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto("file://" + os.path.abspath(path))
        page.emulate_media(media=media, color_scheme=options["color_scheme"])
        problems = findings(page, axe) + failed
        problems += [f"asked for {url}" for url in asked if not url.startswith(("file:", "data:"))]
        width = page.evaluate("document.documentElement.scrollWidth")
        if media == "screen" and width > options["viewport"]["width"] + 1:
            problems.append(f"{width} pixels wide on a window of {options['viewport']['width']}")
        if shots:
            # A reference is longer than any picture that the browser makes.
            height = page.evaluate("document.documentElement.scrollHeight")
            page.screenshot(
                path=os.path.join(shots, f"{os.path.splitext(name)[0]}-{view}.png"), full_page=True,
                clip=dict(x=0, y=0, width=options["viewport"]["width"], height=min(height, TALLEST)))
        context.close()
        print(f"{'FAILED' if problems else 'ok'} accessible {name}, {view}")
        for problem in problems:
            print("    " + problem)
        bad += bool(problems)
    return bad


def main(arguments):
    shots = None
    if "--shots" in arguments:
        place = arguments.index("--shots")
        shots = arguments[place + 1]
        os.makedirs(shots, exist_ok=True)
        arguments = arguments[:place] + arguments[place + 2:]
    if not arguments:
        print(__doc__)
        return 2
    axe, program = axe_script(), browser_path()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sync_playwright = None
    if not (axe and program and sync_playwright):
        missing = [word for word, is_there in [("no Chromium", program), ("no axe-playwright-python", axe and sync_playwright)]
                   if not is_there]
        print(f"skipped accessible pages: there is {' and '.join(missing)}")
        return 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        bad = sum(judge(browser, axe, path, shots) for path in arguments)
        browser.close()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
