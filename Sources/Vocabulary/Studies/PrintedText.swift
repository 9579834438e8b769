/// What a run of a study prints, for each of those who read it.
import Files
import Language

struct PrintedText {
    private var window = "", record = ""

    var isEmpty: Bool { window.isEmpty && record.isEmpty }

    init() {}

    /// From what a copy of the process sent.
    init(_ json: JSON) {
        window = json["printed"]?.string ?? ""
        record = json["recorded"]?.string ?? window
    }

    mutating func add(_ text: String, for readers: OutputReaders = .all) {
        if readers.contains(.window) { window += text }
        if readers.contains(.record) { record += text }
    }

    /// Adds what makes the same again.
    func put(into json: inout NamedValues<JSON>) {
        json["printed"] = .string(window)
        if record != window { json["recorded"] = .string(record) }
    }

    func write(to host: any InterpreterHost) {
        if record == window { return host.write(window) }
        host.write(window, to: .window)
        host.write(record, to: .record)
    }
}
