// What help says of the `:` commands beyond their own line: a paragraph, examples that tests run, related pages.

enum CommandPages {
    struct Page: Sendable {
        var text = ""
        var examples: [String]
        var seeAlso: [String] = []
    }

    /// By name, without the colon. A test demands a page for every command there is.
    static let all: [String: Page] = [
        "help": Page(
            text: "?\"words\" searches all texts.", examples: ["?clip\n:help clip\n?\"learning rate\""],
            seeAlso: [":guide", ":who"]),
        "guide": Page(
            text: """
                Ten steps of five minutes, at whose end a model has forgotten something. An empty line runs the line \
                that is shown.
                """,
            examples: [":guide", ":guide 3\n:guide stop"], seeAlso: [":help"]),
        "who": Page(
            text: "Each name with what it holds and the cell that bound it.", examples: ["x = 41\n:who"],
            seeAlso: [":type", ":drop"]),
        "type": Page(
            examples: [":type 1 + 1\n#> a number", ":type tensor([1, 2])\n#> a tensor [2]"], seeAlso: ["type", ":who"]),
        "time": Page(
            text: "The value is printed as usual.", examples: [":time sum(range(1000))\n#> 499500"],
            seeAlso: [":bench", "clock"]),
        "bench": Page(
            text: "Its median time, the shortest one, and how often it ran.", examples: [":bench sum(range(1000))"],
            seeAlso: [":time", "clock"]),
        "mem": Page(examples: [":mem"], seeAlso: ["memory_use", ":drop"]),
        "clear": Page(
            text: "Names and cells stay. A script does without it.", examples: [":clear"],
            seeAlso: [":reset", ":undo"]),
        "history": Page(
            text: """
                `:history train(` looks through all that the prompt remembers, also of earlier sessions, and numbers \
                what it finds; `:history !812` puts number 812 at the prompt, to be changed and run. Capitals count \
                where there are any. Up and Ctrl-R go through the same cells.
                """,
            examples: [":history", "x = 1\n:history x ="], seeAlso: [":save", "keys"]),
        "save": Page(
            text: """
                The file is a script that runs, and that `lethe check` compares with what it prints; outputs stand in \
                it as for a window of 80 columns, whatever this one is. A workspace (`f.ws`) has the values: \
                `:save f.ws run qa` those of two names alone, with what their functions read.
                """,
            examples: ["x = 1 + 1\nx\n#> 2\n:save /tmp/lethe-example-session.lethe"], seeAlso: [":load", "cells"]),
        "load": Page(
            text: """
                Its cells run in this session, as if they had been typed. A workspace takes the session's place; \
                `:load f.ws run` takes but a name from it, and `:load f.ws as w` all of them as the record w, so that \
                two workspaces can be looked at at once: their functions go on reading the names they had there.
                """,
            examples: ["x = 1\n:save /tmp/lethe-example-load.lethe\n:load /tmp/lethe-example-load.lethe"],
            seeAlso: [":reload", ":save"]),
        "play": Page(
            text: """
                Prose is shown, then a cell; an empty line runs it and goes on. A cell titled [exercise] is a task: \
                its code is checked against what stands below it, and cells titled [solution] before it are shown by \
                `:play show`. `:play back` goes back, `:play stop` ends. Prose longer than the window waits for Enter, \
                and after `:set projector on` so does what cells print.
                """,
            examples: ["x = 1 + 1\nx\n#> 2\n:save /tmp/lethe-example-play.lethe\n:play /tmp/lethe-example-play.lethe"],
            seeAlso: [":load", ":guide"]),
        "reload": Page(
            examples: ["x = 1\n:save /tmp/lethe-example-reload.lethe\n:load /tmp/lethe-example-reload.lethe\n:reload"],
            seeAlso: [":load"]),
        "export": Page(
            text: "Prose, code, outputs and pictures in one file.",
            examples: ["1 + 1\n#> 2\n:export /tmp/lethe-example-export.md"], seeAlso: [":save"]),
        "check": Page(
            text: """
                Runs the file apart from this session and compares what it prints with its `#>` lines. Lines for the \
                shell are left out.
                """,
            examples: ["1 + 1\n#> 2\n:save /tmp/lethe-example-check.lethe\n:check /tmp/lethe-example-check.lethe"],
            seeAlso: [":save"]),
        "step": Page(
            text: "Shows a table of the last steps; the run before stays what it was for whoever holds it.",
            examples: [
                """
                f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
                run = start(gpt(5, layers=1, width=8, seed=1), f, r, optimizer=adamw(lr=1e-2))
                :step run 3
                run.step
                """
            ], seeAlso: ["step", ":back", "explain"]),
        "back": Page(
            text: "Equal to the bit to what it was.",
            examples: [
                """
                f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
                run = step(start(gpt(5, layers=1, width=8, seed=1), f, r, optimizer=adamw(lr=1e-2)), 3)
                :back run 2
                run.step
                """
            ], seeAlso: ["back", ":step"]),
        "undo": Page(
            text: "Names and random numbers are again what they were before those cells.",
            examples: ["x = 1\nx = 2\n:undo"], seeAlso: [":drop", "names"]),
        "drop": Page(
            text: "Their memory is free as soon as `:undo` no longer needs it.", examples: ["x = 1\n:drop x"],
            seeAlso: [":undo", ":who"]),
        "reset": Page(
            text: "As a fresh start would, but for the cell numbers; :undo brings everything back.",
            examples: ["x = 1\n:reset"], seeAlso: [":drop", ":undo"]),
        "set": Page(
            text: """
                `:set pager on` shows help that is longer than the window through $PAGER (less). `:set projector on` \
                does so, too, and leaves a line empty before each prompt, for a room that reads along. What is typed \
                has colours, and how the newest cell that begins so went on stands grey behind the cursor (Right \
                takes it); `:set highlight off` and `:set suggest off` end that, and a line in init.lethe does so for \
                good. Terminals without colours, and NO_COLOR, have neither. `:set pictures \
                words` says what a picture shows, for screen readers; `pixels` shows it as it is saved, in a terminal \
                that speaks kitty's protocol or sixel, with rsvg-convert of the package librsvg2-bin; `characters` is \
                the usual. A terminal that tells in its environment that it speaks kitty's protocol begins with \
                pixels; sixels it must be asked for, which nobody does while the program starts.
                """,
            examples: [":set digits 8\n1 / 3\n#> 0.33333333", ":set seed 7"], seeAlso: ["numbers", "random"]),
        "stale": Page(
            text: "A cell is stale when a name it read was given another value since.",
            examples: ["x = 1\ny = x + 1\nx = 2\n:stale"],
            seeAlso: [":rerun"]),
        "rerun": Page(examples: ["x = 1\ny = x + 1\nx = 2\n:rerun stale"], seeAlso: [":stale"]),
        "quit": Page(examples: [":quit"], seeAlso: ["keys"]),
    ]
}
