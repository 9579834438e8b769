// What every built-in that draws has in common: title, labels of the axes, the part shown, the file written.
import Files
import Foundation
import Language
import LanguageModels

/// Options of built-ins that draw, and the plot that comes of them.
struct PictureOptions {
    let call: Call
    /// Whether the reader's terminal shows more than ASCII.
    let isUnicode: () -> Bool

    static var title: Parameter { .option("title", .string, default: "", "stands beside or above the picture") }
    static var save: Parameter {
        .option(
            "save", .string, default: "",
            "an SVG, PNG or PDF file to write, too; the last two with rsvg-convert of the package librsvg2-bin")
    }
    static var axisLabels: [Parameter] {
        [
            .option("xlabel", .string, default: "", "what runs along the picture, such as \"step\""),
            .option("ylabel", .string, default: "", "what runs upwards, such as \"loss\""),
        ]
    }
    static var log: Parameter {
        .option("log", .choice(["", "x", "y", "xy"]), default: "", "which axes are logarithmic")
    }
    static var part: [Parameter] {
        [
            .option(
                "x", .interval, default: .nothing, shown: "all",
                "the part of the picture that is shown, along"),
            .option("y", .interval, default: .nothing, shown: "all", "the same, upwards"),
        ]
    }
    static func labels(_ what: String) -> Parameter {
        .option("labels", .list(of: .string), default: .nothing, shown: "as written", "one a \(what); the legend")
    }

    private func has(_ name: String) -> Bool { call.builtin.parameters.contains { $0.name == name } }

    /// The style that the call asks for; what it leaves out comes from `inner`, the pictures among its arguments.
    func style(inner: [Plot] = []) throws -> Plot.Style {
        var style = Plot.Style(title: try call.string("title"))
        func text(_ name: String, _ inherited: KeyPath<Plot, String>) throws -> String {
            let own = has(name) ? try call.string(name) : ""
            return own.isEmpty ? inner.lazy.map { $0[keyPath: inherited] }.first { !$0.isEmpty } ?? "" : own
        }
        if style.title.isEmpty, inner.count == 1 { style.title = inner[0].title }
        (style.xLabel, style.yLabel) = (try text("xlabel", \.xLabel), try text("ylabel", \.yLabel))
        if has("log") {
            let log = try call.choice("log")
            style.logX = log.contains("x") || log.isEmpty && inner.contains { $0.x.isLogarithmic }
            style.logY = log.contains("y") || log.isEmpty && inner.contains { $0.y.isLogarithmic }
        }
        if has("x") {
            (style.x, style.y) = (try range("x", isLogarithmic: style.logX), try range("y", isLogarithmic: style.logY))
        }
        return style
    }

    /// An option `[low, high]`; nil where it is not given.
    func range(_ name: String, isLogarithmic: Bool = false) throws -> ClosedRange<Double>? {
        let value = try call.value(name)
        if value.isNothing { return nil }
        guard case .list(let list) = value, list.count == 2, let low = try list[0].asNumber,
            let high = try list[1].asNumber
        else {
            throw call.wrong(name, value, mustBe: "a list of two numbers", note: "write \(name)=[-1, 1]")
        }
        guard low.isFinite, high.isFinite, low < high else {
            throw LanguageError(
                "`\(name)` of `\(call.builtin.name)` must go from a smaller to a larger number; it is \(value.display)",
                at: .argument(name))
        }
        guard !isLogarithmic || low > 0 else {
            throw LanguageError(
                "`\(name)` of `\(call.builtin.name)` must lie above 0 on a logarithmic axis; it is \(value.display)",
                at: .argument(name))
        }
        return low...high
    }

    /// The picture as a value, written to a file where the call says so.
    func picture(_ marks: [any Mark], _ style: Plot.Style) throws -> Value {
        guard let plot = Plot(marks, style) else {
            throw LanguageError(
                "`\(call.builtin.name)` has nothing to draw: there is no finite number"
                    + (style.logX || style.logY ? " above 0, as a logarithmic axis needs" : ""))
        }
        let path = try save(SVGPlot(plot: plot).text)
        return .foreign(PlotValue(plot, savedAs: path, isUnicode: isUnicode))
    }

    /// Looks at the name of the file before long work starts.
    func checkSave() throws {
        let path = try call.string("save")
        guard !path.isEmpty else { return }
        func error(_ what: String, _ note: String? = nil) -> LanguageError {
            LanguageError(
                "`save` of `\(call.builtin.name)` must be \(what); it is \"\(path)\"", note: note, at: .argument("save")
            )
        }
        let file = URL(fileURLWithPath: path)
        guard let format = PictureFile.Format(path: path) else {
            throw error(
                "the name of an SVG, PNG or PDF file",
                """
                write \
                save="\(file.pathExtension.isEmpty ? path : String(path.dropLast(file.pathExtension.count + 1))).svg"
                """
            )
        }
        do { try PictureFile.checkConverter(for: format) } catch {
            throw LanguageError(error.message, advice: error.advice, at: .argument("save"))
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: file.deletingLastPathComponent().path, isDirectory: &isFolder),
            isFolder.boolValue
        else {
            throw error("a file in a folder that exists")
        }
    }

    /// Writes a picture, given as SVG, where the call asks for a file, and gives its name.
    func save(_ text: @autoclosure () -> String) throws -> String {
        try checkSave()
        let path = try call.string("save")
        guard !path.isEmpty else { return "" }
        do {
            let text = text()
            try call.host.writing { try PictureFile.write(text, to: path) }
        } catch let error as LanguageError {
            // Ctrl-C ends the converter, too, which is no fault of it.
            try poll()
            throw LanguageError(error.message, advice: error.advice, at: .argument("save"))
        }
        return path
    }

    /// Throws when the user asked to stop, unless what came before has already taken notice.
    func poll() throws { try call.interpreter.pollNow() }
}
