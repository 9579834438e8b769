// Scripts as notebooks, and notebooks as scripts.
import Files
import Language
import Notebook
import Testing

@Suite struct NotebookExportTests {
    @Test func aNotebook() throws {
        let text = NotebookExport(try ExportSample.exported()).text
        #expect(text == NotebookExport(try ExportSample.exported()).text)
        let notebook = try JSON(parsing: text)
        #expect(notebook["nbformat"] == 4 && notebook["nbformat_minor"] == 5)
        let cells = try #require(notebook["cells"]?.array)
        #expect(
            cells.map { $0["id"]?.string } == [
                "prose1-one-shot-sixty-steps", "title2-a-base-model", "cell2-a-base-model", "title3-a-typo-on-purpose",
                "cell3-a-typo-on-purpose", "title4-curve", "cell4-curve", "title5-left-alone", "cell5-left-alone",
            ])
        #expect(
            cells[2]["source"] == ["x = [1, 4]  # 日本\n", "print(\"<b>\", x)\n", "\"say \\\"{x[0]}\\\"\"\n", "grid()"])
        let outputs = try #require(cells[2]["outputs"]?.array)
        #expect(outputs.map { $0["output_type"]?.string } == ["stream", "display_data", "execute_result"])
        #expect(outputs[0]["text"] == ["<b> [1, 4]\n"])
        #expect(outputs[2]["data"]?.object?.keys == ["text/html", "text/plain"])
        #expect(outputs[2]["execution_count"] == 1)
        // A notebook's page has no style for its columns.
        let table = try #require(outputs[2]["data"]?["text/html"]?.array?.compactMap(\.string).joined())
        #expect(table.contains(#"<td style="text-align:left">a &lt; b</td><td style="text-align:right">0.5</td>"#))
        #expect(cells[4]["outputs"]?.array?[0]["evalue"] == "`mdoel` is not defined")
        #expect(cells[4]["outputs"]?.array?[0]["traceback"]?.array?.count == 3)
        #expect(cells[4]["metadata"]?["tags"] == ["raises-exception"])
        #expect(cells[2]["metadata"] == [:])
        let picture = try #require(cells[6]["outputs"]?.array?[0])
        #expect(picture["output_type"] == "display_data")
        #expect(picture["data"]?["image/svg+xml"]?.array?[0].string?.hasPrefix("<svg ") == true)
        #expect(cells[6]["metadata"]?["tags"] == ["slow"])
        #expect(cells[8]["execution_count"] == .null)
        #expect(cells[8]["metadata"]?["tags"] == ["skip", "skip-execution"])
        #expect(cells[8]["outputs"]?.array?[0]["text"] == ["3\n"])
    }

    @Test func aScriptComesBackFromItsNotebook() throws {
        let script = try NotebookImport(NotebookExport(try ExportSample.exported()).text, name: "n.ipynb")
        #expect(script.warnings == [])
        let (before, after) = (try ExportSample.exported(), try ExportSample.exported(script.text))
        #expect(after.parts.map(\.title) == before.parts.map(\.title))
        #expect(after.parts.map(\.source) == before.parts.map(\.source))
        #expect(after.parts.map(\.tags) == before.parts.map(\.tags))
        #expect(after.parts.map(\.kind) == before.parts.map(\.kind))
        #expect(script.text.contains("mdoel\n#> error: ...\n#> ...\n"))
        // A script without its own title and markers, too.
        let plain = "# some words\n\nx = 1\nx\n#> 1\nx + 1"
        let again = try NotebookImport(NotebookExport(try ExportSample.exported(plain)).text, name: "n.ipynb").text
        #expect(again == "# %%\n# some words\n\nx = 1\nx\n\n# %%\nx + 1\n")
    }

    @Test func onlyAnErrorThatIsToBeShownIsTagged() throws {
        let text = "# %% One\nwrong\n\n# %% Two [raises-exception] [slow]\nwrong\n#> error: `wrong` is not defined\n"
        for document in [try ExportSample.exported(text), ScriptExport.recorded(text, name: "n.lethe")] {
            let cells = try JSON(parsing: NotebookExport(document).text)["cells"]?.array ?? []
            #expect(cells[2]["metadata"] == [:])
            #expect(cells[4]["metadata"]?["tags"] == ["raises-exception", "slow"])
        }
    }

    @Test func aTitleAloneComesBack() throws {
        let script = "# %% One\n\n# %% Two\nx = 1\n\n# %% Three\n"
        let notebook = NotebookExport(try ExportSample.exported(script)).text
        #expect(try NotebookImport(notebook, name: "n.ipynb").text == script)
    }

    @Test func notebooksOfOthers() throws {
        let script = try NotebookImport(
            #"""
            {"nbformat": 4, "nbformat_minor": 2, "metadata": {"kernelspec": {"name": "python3", "language": "python"}}, "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": "# Title\n\n%% odd\n"},
            {"cell_type": "code", "metadata": {"tags": ["skip"]}, "execution_count": null, "outputs": [], "source": ["x = 1\n", "#> 3\n", "# %% no cell"]},
            {"cell_type": "raw", "metadata": {}, "source": ""}]}
            """#, name: "p.ipynb")
        #expect(
            script.text
                == """
                # %% [markdown]
                # # Title
                #
                # \\%% odd

                # %% [skip]
                x = 1
                # > 3
                ## %% no cell

                # %% [markdown]
                #

                """
        )
        #expect(script.warnings.count == 3)
    }

    @Test(arguments: [
        ("{\"nbformat\": 4, ", "not a notebook: line 1"), ("[1]", "no \"nbformat\""),
        ("{\"nbformat\": 3, \"worksheets\": []}", "format 3"),
        ("{\"nbformat\": 5, \"cells\": []}", "format 5"), ("{\"nbformat\": 4}", "no list of \"cells\""),
        ("{\"nbformat\": 4, \"cells\": [{}]}", "cell 1"), ("{\"nbformat\": 4, \"cells\": [7]}", "cell 1"),
    ]) func damagedNotebooks(_ text: String, _ message: String) {
        let error = #expect(throws: LanguageError.self) { try NotebookImport(text, name: "n.ipynb") }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
}
