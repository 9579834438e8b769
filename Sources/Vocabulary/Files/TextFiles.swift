/// Reading and writing tables and texts: read_csv, write_csv, write_text.
import Files
import Language
import StandardLibrary

enum TextFiles {
    static func builtins(_ engine: EngineContext) -> [Builtin] {
        [readCSV(engine), writeCSV(engine), writeText(engine)]
    }

    private static func readCSV(_ engine: EngineContext) -> Builtin {
        .engine(
            "read_csv", family: "files", [.positional("path", .path, "the file")],
            """
            A CSV file with a header line as a record of columns: lists of numbers where every cell is one that is \
            kept as it is written (an empty one is none), else of strings. So 0x1F, 007, 1,234, 12e4 (but not 1.2e5 or \
            1e+16) and whole numbers beyond 9007199254740992 stay strings. table(read_csv(path)) makes a table of it.
            """,
            examples: [
                """
                # with a file of the lines  step,loss  1,2.5  2,2.25
                t = read_csv("/tmp/lethe-example.csv")
                t.loss[-1]
                #> 2.25
                """
            ],
            seeAlso: ["write_csv", "table", "read_json", "read_text"]
        ) { call in
            let path = try call.path("path", readBy: engine)
            let (table, numbers) = try interruptible(engine.device.cancellation) {
                let table = try CSVTable.load(path: path)
                let figures = table.names.map { name -> [Double?]? in table.numbers(name) ?? table.figures(name) }
                return (table, figures)
            }
            return .record(
                try zip(table.names.indices, table.names).map { column, name in
                    let cells = table.columns[column], figures = numbers[column]
                    return (
                        name,
                        .list(
                            try call.interpreter.written(cells.count) { row in
                                guard let figures else { return .string(cells[row]) }
                                return figures[row].map { .number($0) } ?? .nothing
                            })
                    )
                })
        }
    }

    private static func writeCSV(_ engine: EngineContext) -> Builtin {
        .engine(
            "write_csv", family: "files",
            [
                .positional(
                    "table", .either(.table, .list(of: .record), .record(of: .list)), "what is written"),
                .positional("path", .path, "the file"),
            ],
            """
            Writes a table as a CSV file with a header line, numbers with every digit; none is an empty cell. A list \
            of records and a record of lists are written as the table that they make. Strings that look like numbers \
            come back as numbers; write_json keeps what is what.
            """,
            examples: [
                """
                t = table(rate=[0.1, 0.01], note=["a, b", "c"], loss=[none, 2.5])
                write_csv(t, "/tmp/lethe-example-table.csv")
                table(read_csv("/tmp/lethe-example-table.csv")) == t
                #> true
                """
            ],
            seeAlso: ["read_csv", "table", "write_json"]
        ) { call in
            let given = try call.value("table")
            guard let table = try Tables.reading(given, call.interpreter, at: .argument("table")) else {
                throw call.wrong("table", given, mustBe: "a table, a list of records or a record of lists")
            }
            guard !table.names.isEmpty else {
                throw LanguageError("a table without columns cannot be written as CSV", at: .argument("table"))
            }
            var writer = CSVWriter()
            writer.add(table.names)
            for row in 0..<table.rowCount {
                try call.interpreter.poll(row)
                writer.add(
                    try table.columns.map { column in
                        try call.interpreter.requireRoom(toWrite: column[row], "a cell")
                        return cell(column[row])
                    })
                try call.interpreter.requireRoom(forBytes: writer.text.utf8.count)
            }
            let path = try call.path("path", writtenBy: engine)
            try call.host.writing { try FileBytes.write(writer.text, to: path) }
            return .nothing
        }
    }

    private static func cell(_ value: Value) -> String? {
        switch value {
        case .nothing: nil
        case .string(let text): text.string
        case .number(let number): numeral(number)
        case .foreign(let foreign): foreign.asNumber.map(numeral) ?? foreign.repr
        default: value.repr
        }
    }

    /// Every digit, and a sign in the exponent, without which read_csv takes `12e4` for a name.
    private static func numeral(_ number: Double) -> String {
        let text = exactNumber(number)
        guard number.isFinite, let e = text.firstIndex(of: "e"), !text[e...].hasPrefix("e-") else { return text }
        return text[...e] + "+" + text[text.index(after: e)...]
    }

    private static func writeText(_ engine: EngineContext) -> Builtin {
        .engine(
            "write_text", family: "files",
            [.positional("text", .string, "what is written"), .positional("path", .path, "the file")],
            "Writes a string as a file, as it is, in UTF-8. A file that is there is replaced whole, or not at all.",
            examples: [
                """
                write_text("two\\nlines\\n", "/tmp/lethe-example-write.txt")
                read_text("/tmp/lethe-example-write.txt")
                #> "two\\nlines\\n"
                """
            ],
            seeAlso: ["read_text", "write_csv", "latex"]
        ) { call in
            let value = try call.value("text")
            guard case .string(let text) = value else {
                throw call.wrong(
                    "text", value, mustBe: "a string", note: "str(x) is a value's text; write_json writes values")
            }
            let path = try call.path("path", writtenBy: engine)
            try call.host.writing { try FileBytes.write(text.string, to: path) }
            return .nothing
        }
    }
}
