"""Workspaces: a session that another process goes on with, to the bit."""

import json
import os
import re
import shutil
import signal
import struct

import pexpect

from harness import Lethe, content, equal, test

CELLS = [
    "a, b = batch([[1, 2, 3, 4]]), batch([[2, 1, 3]])",
    'm = gpt(tokenizer(["to be or not to be"], size=270), layers=1, width=16, context=32)',
    "t = train(m, a, steps=3, optimizer=adamw(lr=1e-2))",
    "run = step(start(m, a, b, optimizer=sophia(lr=1e-3)), 4)",
    "k = 2", "def f(x) = k * x", "rand()",
]
LOOKS = [
    "print(repr(nll(m, a)), repr(nll(t, a)), repr(nll(run.model, b)), f(3))",
    "repr(nll(train(t, a, steps=3, optimizer=adamw(lr=1e-2)), a))",
    "train(t, a, steps=3, optimizer=adamw(lr=1e-2)).log.steps", "repr(nll(step(run, 2).model, a))", "repr(nll(back(run, 3).model, a))", "repr(rand())",
]


@test
def a_workspace_is_gone_on_with_in_another_process():
    lethe = Lethe()
    lethe.prompt()
    for cell in CELLS:
        assert "error" not in lethe.run(cell)
    equal(lethe.run(":save s.ws"), "saved 7 names with their values to s.ws")
    expected = [lethe.run(look) for look in LOOKS]
    home = lethe.home
    equal(lethe.end(), 0)
    lethe = Lethe("--seed", "9", "--threads", "1", home=home)
    lethe.prompt()
    lethe.run("y = 1")
    text = lethe.run(":load s.ws")
    assert text.startswith("loaded 7 names and 7 cells"), text
    equal(lethe.number, len(CELLS) + 2)
    equal([lethe.run(look) for look in LOOKS], expected)
    equal(expected[2], "6")
    assert "not defined" in lethe.run("y")
    lethe.run(f":undo {len(LOOKS) + 2}")
    equal(lethe.run("y"), "1")
    equal(lethe.end(), 0)
    # Any reader of safetensors finds the tensors by their names.
    with open(os.path.join(home, "s.ws"), "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    assert {"m.weights", "t.weights", "run.weights"} <= set(header), list(header)


@test
def a_template_read_off_a_program_is_kept():
    golden = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Golden")
    with open(os.path.join(golden, "chat_templates.json")) as file:
        programs = {entry["name"]: entry["program"] for entry in json.load(file)}
    lethe = Lethe()
    lethe.prompt()
    home = lethe.home
    for name in ["Mistral Nemo", "Qwen3 without tools", "two lines after the role", "Mistral"]:
        folder = os.path.join(home, "model")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(os.path.join(golden, "hf2", "qwen3"), folder)
        with open(os.path.join(folder, "config.json")) as file:
            configuration = json.load(file) | {"max_position_embeddings": 256}
        with open(os.path.join(folder, "config.json"), "w") as file:
            json.dump(configuration, file)
        with open(os.path.join(folder, "chat_template.jinja"), "w") as file:
            file.write(programs[name])
        for cell in [
            'm = with_template(load("model"), "own")', "t = m.template",
            'd = question_set([(question="Who are you?", answer="Nobody.")])', 'loss = repr(nll(m, d))',
        ]:
            text = lethe.run(cell)
            assert "error" not in text, (name, cell, text)
        before = [lethe.run(look) for look in ["loss", "t.text", 'chat(m, ["Who?", "I.", "And I?"], most=5)']]
        told = lethe.run('system_prompt(m, "Be brief.").system_prompt')
        assert ("takes no system prompt" in told) == (name == "Mistral"), told
        lethe.run(":save s.ws")
        lethe.run("m, t = 1, 2")
        lethe.run(":load s.ws")
        after = [lethe.run(look) for look in ["repr(nll(m, d))", "t.text", 'chat(m, ["Who?", "I.", "And I?"], most=5)']]
        equal(after, before)
        equal(lethe.run("m.template == t"), "true")
        equal(lethe.run('with_template(load("model"), "own") == m'), "true")
    equal(lethe.end(), 0)


@test
def a_killed_session_that_had_loaded_a_workspace_comes_back():
    lethe = Lethe()
    lethe.prompt()
    for cell in ["x = 41", "rand()", ":save s.ws", "x = 0", ":load s.ws", "x = x + 1"]:
        lethe.run(cell)
    expected = lethe.run("repr(rand())")
    lethe.child.kill(signal.SIGKILL)
    lethe.child.expect(pexpect.EOF)
    lethe.close()
    again = Lethe("--recover", home=lethe.home)
    again.prompt()
    equal(again.run("x"), "42")
    again.run(":undo 2")
    equal(again.run("repr(rand())"), expected)
    equal(again.end(), 0)


@test
def a_workspace_that_is_none():
    lethe = Lethe()
    lethe.prompt()
    with open(os.path.join(lethe.home, "bad.ws"), "wb") as file:
        file.write(b"\x00" * 50)
    lethe.run("x = 5")
    assert "no whole workspace" in lethe.run(":load bad.ws")
    assert "no such file" in lethe.run(":load missing.ws")
    lethe.run("p = 0; for i in range(120) { p = [p] }")
    text = lethe.run(":save s.ws")
    assert re.search(r"not stored: `p`\s+\(lists or records nested more than 100\s+deep\);\s+make\s+it\s+again\s+with\s+cell\s+4", text), text
    equal(lethe.run("x"), "5")
    equal(lethe.end(), 0)
