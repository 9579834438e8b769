// Notebooks become scripts and notebooks again: prose and code come back as they were, or a warning says what does not.
import Foundation
import Language
import Files
import Testing

import Notebook

@Suite struct RoundTripTests {
    private func notebook(_ cells: [(kind: String, source: String)], metadata: JSON = [:]) throws -> String {
        let json: JSON = [
            "nbformat": 4, "nbformat_minor": 5, "metadata": metadata,
            "cells": .array(
                cells.map { ["cell_type": .string($0.kind), "metadata": [:], "source": .string($0.source)] }),
        ]
        return try json.text(.compact)
    }

    private func sources(_ notebook: String) throws -> [String] {
        let cells = try JSON(parsing: notebook, origin: nil)["cells"]?.array ?? []
        // The export's own title is none of the cells.
        return cells.filter { $0["metadata"]?["lethe"] == nil }.map {
            $0["source"]?.array?.compactMap(\.string).joined() ?? ""
        }
    }

    private func again(_ cells: [(kind: String, source: String)]) throws -> (sources: [String], warnings: [String]) {
        let script = try NotebookImport(notebook(cells), name: "x.ipynb")
        return (try sources(NotebookExport(ScriptExport.recorded(script.text, name: "y.lethe")).text), script.warnings)
    }

    @Test(arguments: [
        "```mermaid\n%% == States ==\n```", "%% one", "  %% two", "\\%% three", "\\\\%% four", "  \\%% five", "%%",
        "a %% b", "<!-- a comment\n  of two lines -->\nwords",
        "#> quoted", "> quoted\n> more", "#! no interpreter", "# Title\n\n## Next\n\nwords  \nbroken",
        "    indented %% code\n\n    %% more", "- a\n  - b\n\n1. c", "# %% no cell", "#", "\\",
        "| a | b |\n|---|--:|\n| 1 | 2 |", "$$\n\\sum_i %% x\n$$", "[markdown]", "x = 1", "!ls", "1> x", "\t%% tab",
    ]) func proseComesBack(_ prose: String) throws {
        let found = try again([("markdown", prose), ("code", "1")])
        #expect(found.sources == [prose, "1"] && found.warnings == [])
    }

    @Test func anyProseComesBack() throws {
        var generator = SystemRandomNumberGenerator()
        let pieces = ["%%", "\\", "#", ">", " ", "%", "a", "`", "[", "]", "!", "<!--", "-->", "é", "\t"]
        for _ in 0..<400 {
            let lines = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                (0..<Int.random(in: 1...5, using: &generator)).compactMap { _ in pieces.randomElement(using: &generator)
                }.joined()
            }
            let prose = ("w\n" + lines.joined(separator: "\n") + "\nw")
            let found = try again([("markdown", prose), ("code", "1")])
            #expect(found.sources == [prose, "1"], "\(prose.debugDescription)")
        }
    }

    @Test(arguments: [
        ("!ls", "for the shell"), ("x = 1\n  !pip install x", "for the shell"), ("%matplotlib inline", "begin with %"),
        ("%%time\nf(x)", "begin with %"), ("# %% a cell", "another mark"), ("x\n#> 3", "another mark"),
    ]) func whatCodeDoesNotMeanIsSaid(_ code: String, _ warning: String) throws {
        let found = try NotebookImport(notebook([("markdown", "words"), ("code", code)]), name: "x.ipynb")
        #expect(
            found.warnings.count == 1 && found.warnings[0].contains(warning) && found.warnings[0].contains("cell 2"),
            "\(found.warnings)")
    }

    @Test(arguments: [
        ("{\"kernelspec\": {\"name\": \"python3\", \"display_name\": \"Python 3\"}}", "Python 3"),
        ("{\"kernelspec\": {\"name\": \"ir\"}}", "ir"),
        ("{\"language_info\": {\"name\": \"julia\"}}", "julia"),
        ("{\"kernelspec\": {\"name\": \"python3\", \"language\": \"python\"}}", "python"),
        ("{\"kernelspec\": {\"name\": \"lethe\", \"display_name\": \"Lethe\"}}", nil), ("{}", nil),
        ("{\"kernelspec\": 3}", nil),
    ]) func anotherLanguageIsNamed(_ metadata: String, _ language: String?) throws {
        let found = try NotebookImport(
            notebook([("code", "1")], metadata: JSON(parsing: metadata, origin: nil)), name: "x.ipynb")
        #expect(
            found.warnings
                == (language.map { ["the notebook's language is \($0): its code stands in the script as it is"] } ?? [])
        )
    }
}
