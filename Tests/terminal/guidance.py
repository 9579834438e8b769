"""Help, and the tour."""

import time

from harness import UP, equal, Lethe, shell, test


@test
def bar_19_help():
    lethe = Lethe(size=(60, 100))
    lethe.prompt()
    page = lethe.run("?train")
    equal(lethe.run("train?"), page)
    equal(lethe.run(":help train"), page)
    for part in ["train(model, data", "steps", "default 100", "see also", "#> true"]:
        assert part in page, page
    assert page.count("m = gpt(5") >= 2, page
    near = lethe.run("?trian")
    assert "did you mean `train`?" in near, near
    hits = lethe.run('?"gradient"')
    assert "grad " in hits and "value_grad" in hits, hits
    for topic in ["?for", "for?", "?|>", "?slices", "?def", "?->", "?strings", "?if", "?keys"]:
        page = lethe.run(topic)
        assert "error" not in page and "    " in page, (topic, page)
    # A page longer than the window is scrolled, not clipped.
    lethe.child.setwinsize(10, 80)
    lethe.settle(0.2)
    assert "see also" in lethe.run("?train")
    lethe.close()


def walk(lethe, lines):
    """Goes through the tour; `lines` says for some steps what to type instead of an empty line."""
    lethe.run(":guide")
    for step in range(1, 11):
        lethe.keys(lines.get(step, "") + "\r")
        lethe.child.timeout = 120
        text = lethe.prompt()
        assert "error" not in text, text
        if step < 10:
            assert f"guide {step + 1}/10" in text, (step, text)
    assert "That was the tour" in text, text


@test
def the_tour():
    lethe = Lethe()
    text = lethe.prompt()
    assert ":guide" in text, text
    start = time.monotonic()
    walk(lethe, {2: "qa.forget[3]", 8: ":step run 10", 9: "generate(run.model, qa.retain[0].question)"})
    took = time.monotonic() - start
    equal(lethe.run("nll(run.model, qa.forget) > nll(base, qa.forget)"), "true")
    # What the tour ran stands in the history as if it had been typed.
    lethe.keys("explain" + UP)
    lethe.wait("(run)")
    lethe.close()
    return f"{took:.0f} s"


@test
def the_tour_without_a_terminal_that_edits():
    lethe = Lethe(TERM="dumb")
    lethe.prompt()
    lethe.run(":guide")
    lethe.keys("\r")
    text = lethe.prompt()
    assert "qa = authors()" in text and "guide 2/10" in text, text
    assert "guide 1/10" in lethe.run(":guide back")
    assert "goes on any time" in lethe.run(":guide stop")
    lethe.keys("\r")
    lethe.prompt()
    equal(lethe.run("1 + 1"), "2")
    lethe.close()
    status, out, err = shell("echo :guide | lethe")
    equal((status, err), (0, ""))
    assert out.count("guide ") >= 10 and "compare(" in out, out
