"""What the program makes of its surroundings: limits, devices, pipes that nobody writes to, a system without /proc."""

from harness import equal, shell, test


@test
def environment_devices_are_not_read():
    for words in ["/dev/zero", "check /dev/zero", "export /dev/zero --html"]:
        status, out, err = shell("lethe " + words)
        assert (status, out) == (2, "") and "this is a device, not a file" in err, (words, status, out, err)
    for name in ["read_text", "read_json", "read_csv", "read_tensors", "load"]:
        status, out, err = shell(f"lethe -e '{name}(\"/dev/zero\")'")
        assert (status, out) == (1, "") and "/dev/zero: this is a device" in err, (name, status, out, err)


@test
def environment_ctrl_c_ends_the_wait_for_a_pipe():
    make = "mkfifo f; "
    for words in ["f", "check f", "-e 'read_text(\"f\")'", "-e 'read_tensors(\"f\")'", "-e 'write_json(1, \"f\")'"]:
        status, out, err = shell(make + f"lethe {words} & p=$!; sleep 2; kill -INT $p; wait $p")
        assert status == 130 and "failed" not in err and "system call" not in err, (words, status, out, err)


@test
def environment_limits_of_the_process_are_said():
    for text in ["x = [1]; while true { x = x + x }", 'x = "a"; while true { x = x + x }', "map(i -> [i], range(10^8))"]:
        status, out, err = shell(f"ulimit -v 2000000; lethe --threads 1 -e '{text}'")
        assert status == 1 and "this process may use only" in err and "ulimit -v" in err, (text, status, out, err)
    shared = "for i in range(20) { s = r; s[\"z\"] = i; q = q + [s] }"
    for text in ["", f"q = []; {shared}"]:
        text = 'r = (a=1); for i in range(%d) { r["k{i}"] = i }; ' % (10**6 if text else 10**8) + text
        status, out, err = shell(f"ulimit -v 600000; lethe --threads 1 -e '{text}'", timeout=120)
        assert status == 1 and "this process may use" in err and "ulimit -v" in err, (text, status, out, err)
    for text in [
        'len(replace("a" * 60000000, "a", "bb"))', 'n = map(i -> "k{i}", range(2000000)); len(to_record(n, range(2000000)))',
        't = tokenizer(["abc abd"], size=260); len(encode(t, "abc abd" * 3000000))',
        "histogram(map(i -> i + 0.5, range(9000000)))", "sort(map(i -> -i, range(8000000)))[0]",
        'write_json(range(6000000), "long.json")', 'x = map(i -> (a=i), range(1000000)); write_json(x, "long.json")',
        "d = authors().full; for i in range(40) { d = d + d }", 't = text_set(["a"]); for i in range(40) { t = t + t }',
        't = table(a=range(2000000)); len(sort(t, by="a"))', 't = table(a=range(2000000)); len(group(t, by="a"))',
        "svd(randn(4000, 4000)).s[0]", "x = tensor(range(3 * 10^7)); len(x[x > 3])",
        "unique(map(i -> i + 0.5, range(6000000)))[0]", "cumsum(map(i -> i + 0.5, range(9000000)))[0]",
    ]:
        status, out, err = shell(f"ulimit -v 600000; lethe --threads 1 -e '{text}'", timeout=120)
        assert status == 1 and "memory" in err, (text, status, out, err)
    status, out, err = shell(
        "lethe -e 'write_json(range(6000000), \"long.json\")'; ulimit -v 600000; lethe --threads 1 -e 'len(read_json(\"long.json\"))'")
    assert status == 1 and "memory" in err, (status, out, err)
    status, out, err = shell("ulimit -v 2000000; lethe --threads 1 -e 'zeros(30000, 30000)'")
    assert status == 1 and "MiB are free" in err, (status, out, err)


@test
def environment_without_proc():
    # Only the superuser can take it away.
    status, out, err = shell("unshare -m true && unshare -m sh -c 'umount -l /proc && lethe -e 1+1'")
    if "unshare" not in err and "umount" not in err:
        equal((status, out), (0, "2\n"))


@test
def environment_an_empty_path_is_said_to_be_one():
    for words in ["''", "check ''", "-e 'load(\"\")'"]:
        status, out, err = shell("lethe " + words)
        assert status != 0 and "empty" in err and "path" in err, (words, status, out, err)


@test
def environment_a_notebook_is_no_script():
    status, out, err = shell("printf '{\"cells\": [], \"nbformat\": 4}' > x.ipynb; lethe x.ipynb")
    assert status == 2 and "lethe export x.ipynb --lethe" in err, (status, out, err)


@test
def environment_two_may_save_to_one_new_folder():
    script = 'm = gpt(5, layers=1, width=8, seed=1)\\nfor i in range(10) { save(m, "both") }\\n'
    equal(shell(f"printf '{script}' > s.lethe; lethe s.lethe & a=$!; lethe s.lethe & b=$!; wait $a && wait $b; echo $?; rm -r bin s.lethe; ls -A"),
          (0, "0\nboth\n", ""))
