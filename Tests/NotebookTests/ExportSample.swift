// A script with a bit of all that exports know, and a session to run it in.
import Foundation
import Language
import Notebook
import StandardLibrary
import Tensors
import Vocabulary

enum ExportSample {
    /// `grid()` is a table, `plot` draws.
    static func session() -> Session {
        var configuration = Session.Configuration(EngineContext(device: Device(threads: 1)))
        configuration.registry.add([
            Builtin("grid", family: "tables", summary: "A table.") { _ in
                .foreign(
                    TableValue(
                        rows: ["a < b", "日本"], columns: ["forget", "retain"], cells: [[0.5, nil], [-1, 2e-35]],
                        readsColumns: true, notes: ["a note & more"]))
            }
        ])
        return Session(configuration)
    }

    static let sample = #"""
        #!/usr/bin/env lethe
        # %% [markdown]
        # # One shot & sixty steps
        # Names with *an* are **forgotten** where `x < 1`, as $a_1 * b_2$ says.

        # %% A base model
        x = [1, 4]  # 日本
        print("<b>", x)
        "say \"{x[0]}\""
        grid()

        # %% A typo on purpose
        x = 3
        mdoel
        #> error: `mdoel` is not defined
        #> ...

        # %% Curve [slow]
        plot([x, 2 * x], title="a [title]")

        # %% Left alone [skip]
        1 + 1
        #> 3
        """#

    static func exported(_ text: String = sample, name: String = "folder/one-shot.lethe") throws -> ExportedDocument {
        try ScriptExport(session: session()).run(text, name: name).document
    }

    /// The text without the pictures' drawing, which has tests of its own.
    static func withoutDrawings(_ text: String) -> String {
        text.replacingOccurrences(of: "<svg [\\s\\S]*?</svg>", with: "<svg/>", options: .regularExpression)
            .replacingOccurrences(of: "<math[\\s\\S]*?</math>", with: "<math/>", options: .regularExpression)
    }
}
