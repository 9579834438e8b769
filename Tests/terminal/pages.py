"""Pages that one can play with, hand-outs, the manual's site, and lessons played at the prompt."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import struct
import sys
import tempfile
import zlib

from harness import PROGRAM, Lethe, Skip, content, equal, shell, test

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.abspath(os.path.join(HERE, "..", ".."))

LESSON = r"""# %% [markdown]
# # Steps
# A step of $-\eta g$.

# %% A parabola [slider lr=0.1..0.9 5]
lr = 0.5
x = 1 - lr * 2
print("x = {x}")
plot([1, x], title="one step")
#> ...

# %% Its value [slider]
x ^ 2
#> 0

# %% [solution]
def twice(v) = 2 * v

# %% Twice [exercise]
twice(4)
#> 8
"""


def written(text=LESSON):
    folder = tempfile.mkdtemp(prefix="lethe-pages-")
    with open(os.path.join(folder, "s.lethe"), "w") as file:
        file.write(text)
    return folder


def permitted(page):
    """Whether the page's policy allows exactly the script that stands in it."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
    hashes = re.findall(r"'sha256-([^']+)'", page.split("</head>")[0])
    return [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts] == hashes and len(scripts) == 1


@test
def a_page_with_a_slider():
    folder = written()
    status, out, err = shell(f"cd {folder} && lethe --quiet export s.lethe --html --md && lethe check s.lethe && lethe s.lethe")
    equal(status, 0)
    page = content(folder, "s.html")
    assert permitted(page)
    equal(page.count("<div data-at="), 10)
    for text in ["x = 0.8", "x = 0", "data-values=\"0.1&#10;0.3&#10;0.5&#10;0.7&#10;0.9\"", "<math>", "<details class=\"solution\">"]:
        assert text in page, text
    assert "<script" not in content(folder, "s.md") and "x = 0\n" in content(folder, "s.md")
    # Refused in words, with the line.
    with open(os.path.join(folder, "t.lethe"), "w") as file:
        file.write("x = 1\n# %% [slider x=1]\nx = 2\n")
    status, out, err = shell(f"cd {folder} && lethe export t.lethe --html")
    equal(status, 2)
    assert "line 2: this is no slider: x=1" in err, err
    shutil.rmtree(folder)


@test
def a_hand_out_without_solutions():
    folder = written()
    equal(shell(f"cd {folder} && lethe --quiet export s.lethe --html --ipynb --handout --lang de")[0], 0)
    page = content(folder, "s.html")
    assert "2 * v" not in page and "twice" in page and '<html lang="de">' in page
    assert "2 * v" not in content(folder, "s.ipynb")
    status, _, err = shell(f"cd {folder} && lethe export s.lethe --html --lang '<b>'")
    equal(status, 2)
    assert "--lang takes the code of a language" in err, err
    shutil.rmtree(folder)


@test
def a_lesson_is_played_at_the_prompt():
    folder = written()
    lethe = Lethe(cwd=folder)
    lethe.prompt()
    text = lethe.run(":play s.lethe")
    assert "1/3" in text and "lr = 0.5" in text, text
    text = lethe.run("")
    assert "x = 0" in text and "2/3" in text, text
    lethe.run("")
    assert "not yet" in lethe.run("")
    lethe.run("def twice(v) = v + v")
    text = lethe.run("")
    assert "right" in text and "That was s.lethe" in text, text
    lethe.close()
    shutil.rmtree(folder)


@test
def the_manual_leads_everywhere():
    folder = tempfile.mkdtemp(prefix="lethe-manual-")
    done = subprocess.run(
        [os.path.join(TREE, "Scripts", "manual"), "--recorded", folder], capture_output=True, text=True,
        env=dict(os.environ, LETHE=PROGRAM), timeout=300, check=False)
    equal(done.returncode, 0)
    said = done.stdout.strip().splitlines()[-1]
    pages = [name for name in os.listdir(folder) if name.endswith(".html")]
    assert re.search(rf": {len(pages)} pages, \d+ links, 0 broken$", said) and len(pages) >= 20, said
    assert permitted(content(folder, "index.html"))
    for name in pages:
        assert TREE not in content(folder, name), name
    try:
        accessible([os.path.join(folder, name) for name in ("index.html", "gallery.html", "faq.html")])
    except Skip as reason:
        said += f"; {reason}"
    shutil.rmtree(folder)
    return said.split(": ", 1)[1]


def accessible(pages):
    done = subprocess.run(
        [sys.executable, os.path.join(TREE, "Tests", "pages", "axe.py"), *pages], capture_output=True, text=True,
        timeout=300, check=False)
    if done.stdout.startswith("skipped"):
        raise Skip(done.stdout.strip().split(": ", 1)[1])
    equal((done.returncode, done.stdout if done.returncode else ""), (0, ""))


@test
def long_help_goes_through_a_pager_where_one_is_wanted():
    lethe = Lethe(PAGER="sed 's/^/paged /'", size=(12, 80))
    lethe.prompt()
    assert "paged" not in lethe.run(":help")
    lethe.run(":set pager on")
    assert "paged" in lethe.run(":help")
    # What fits the window needs none, and an expression's value is no help.
    assert "paged" not in lethe.run("range(5)")
    assert "is `on` or `off`" in lethe.run(":set pager maybe")
    lethe.close()
    status, out, _ = shell("printf ':set pager on\\n:help\\n' | PAGER='sed s/^/paged/' lethe --quiet")
    assert status == 0 and "paged" not in out and ":guide" in out, out


@test
def pictures_in_words_and_as_pixels():
    lethe = Lethe()
    lethe.prompt()
    lethe.run(":set pictures words")
    text = lethe.run('plot([1, 4, 9], title="squares")')
    assert "Line plot: squares." in text and "highest 9 at 2" in text and "┤" not in text, text
    assert "does not say that it shows pictures" in lethe.run(":set pictures pixels")
    lethe.close()
    if not shutil.which("rsvg-convert"):
        return "rsvg-convert is not installed"
    lethe = Lethe(KITTY_WINDOW_ID="1")
    lethe.prompt()
    lethe.run(":set pictures pixels")
    lethe.run("plot([1, 4, 9])")
    assert "\x1b_Ga=T,f=100,m=1;iVBOR" in lethe.raw, lethe.raw[-300:]
    lethe.close()
    # What runs inside of tmux hears of kitty and has none.
    lethe = Lethe(KITTY_WINDOW_ID="1", TMUX="/tmp/none,1,0")
    lethe.prompt()
    assert "does not say that it shows pictures" in lethe.run(":set pictures pixels")
    lethe.close()


def png_pixels(path):
    """Width, height and the RGB rows of a PNG of 8 bits without interlacing."""
    with open(path, "rb") as file:
        data = file.read()
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    channels = {2: 3, 6: 4}[kind]
    equal(depth, 8)
    place, packed = 8, b""
    while place < len(data):
        (length,) = struct.unpack(">I", data[place:place + 4])
        if data[place + 4:place + 8] == b"IDAT":
            packed += data[place + 8:place + 8 + length]
        place += 12 + length
    raw, rows, above = zlib.decompress(packed), [], bytes(width * channels)
    for y in range(height):
        start = y * (width * channels + 1)
        filter, line = raw[start], bytearray(raw[start + 1:start + 1 + width * channels])
        for x in range(len(line)):
            left = line[x - channels] if x >= channels else 0
            corner = above[x - channels] if x >= channels else 0
            up = above[x]
            guess = left + up - corner
            paeth = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
            line[x] = (line[x] + [0, left, up, (left + up) // 2, paeth][filter]) & 255
        rows.append([tuple(line[x * channels:x * channels + 3]) for x in range(width)])
        above = bytes(line)
    return width, height, rows


def sixel_pixels(text):
    """Width, height and the RGB rows of a picture in sixels; nothing may be left undrawn."""
    head = re.match(r'0;1;0q"1;1;(\d+);(\d+)', text)
    width, height = int(head.group(1)), int(head.group(2))
    rows = [[None] * width for _ in range(height)]
    colors, x, y, color = {}, 0, 0, None
    for part in re.finditer(r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|(\$)|(-)", text[head.end():]):
        if part.group(1):
            colors[int(part.group(1))] = tuple(int(int(part.group(k)) * 2.55) for k in (2, 3, 4))
        elif part.group(5):
            color = colors[int(part.group(5))]
        elif part.group(9):
            x = 0
        elif part.group(10):
            x, y = 0, y + 6
        else:
            bits = ord(part.group(7) or part.group(8)) - 63
            for _ in range(int(part.group(6) or 1)):
                for bit in range(6):
                    if bits >> bit & 1:
                        rows[y + bit][x] = color
                x += 1
    assert all(pixel is not None for row in rows for pixel in row)
    return width, height, rows


@test
def pictures_as_sixels_in_a_terminal_that_says_so():
    if not shutil.which("rsvg-convert"):
        raise Skip("rsvg-convert is not installed")
    lethe = Lethe()
    lethe.prompt()
    assert "\x1b[c" not in lethe.raw, "the terminal was asked at the start"
    lethe.keys(":set pictures pixels\r")
    lethe.child.expect_exact("\x1b[c")
    # What is typed meanwhile is not lost.
    lethe.keys("2 + ")
    lethe.keys("\x1b[?62;4;22c")
    lethe.keys("3\r")
    text = lethe.prompt() + lethe.prompt()
    assert "5" in text.split("\n"), text
    lethe.raw = ""
    lethe.run('heatmap([[0, 1, 2], [3, 4, 5]], title="shades", save="p.png")')
    picture = re.search("\x1bP(.*?)\x1b\\\\", lethe.raw, re.S)
    assert picture, lethe.raw[-300:]
    width, height, drawn = sixel_pixels(picture.group(1))
    wide, high, whole = png_pixels(os.path.join(lethe.home, "p.png"))
    equal((wide // 2, high // 2), (width, height))
    worst = total = 0
    for y in range(0, height, 3):
        for x in range(0, width, 3):
            square = [whole[2 * y + dy][2 * x + dx] for dy in (0, 1) for dx in (0, 1)]
            for channel in range(3):
                difference = abs(sum(pixel[channel] for pixel in square) / 4 - drawn[y][x][channel])
                worst, total = max(worst, difference), total + difference
    mean = total / (width * height / 3)
    assert worst <= 24 and mean < 3, (worst, mean)
    lethe.close()
    # Whoever answers too late is heard when it does, and nothing of the answer stands at the prompt.
    lethe = Lethe()
    lethe.prompt()
    assert "does not say that it shows pictures" in lethe.run(":set pictures pixels")
    lethe.keys("\x1b[?62;4;22c")
    equal(lethe.run("1 + 1"), "2")
    equal(lethe.run(":set pictures pixels"), "")
    lethe.raw = ""
    lethe.run("plot([1, 4, 9])")
    assert "\x1bP0;1;0q" in lethe.raw, lethe.raw[-300:]
    lethe.close()
    # The startup file asks for nothing that a terminal could keep waiting.
    os.makedirs(os.path.join(lethe.home, ".config", "lethe"))
    with open(os.path.join(lethe.home, ".config", "lethe", "init.lethe"), "w") as file:
        file.write(":set pictures pixels\n")
    lethe = Lethe(home=lethe.home)
    lethe.prompt()
    assert "\x1b[c" not in lethe.raw and "error" not in lethe.raw, lethe.raw
    assert "┤" in lethe.run("plot([1, 4, 9])")
    lethe.close()
    return f"differs from the PNG by {mean:.1f} of 255 on average, at most {worst:.0f}"
