// What a running cell produces, as publications.
import Files
import Language
import Notebook

/// Publishes the outputs of one cell.
struct CellOutputs {
    private let voice: Voice
    private let count: Int
    /// Nothing goes out.
    private let isSilent: Bool
    private var progress: ProgressDisplay
    /// How it failed or was interrupted; nil where it did not.
    private(set) var error: JSON?
    /// The last value that it printed.
    private(set) var lastValue: String?

    init(voice: Voice, count: Int, isSilent: Bool) {
        self.voice = voice
        self.count = count
        self.isSilent = isSilent
        progress = ProgressDisplay(voice: voice)
    }

    mutating func show(_ output: Output) {
        switch output {
        case .text(let stream, let text):
            if !isSilent { voice.write(text, to: stream == .results ? "stdout" : "stderr") }
        case .value(let rendering):
            lastValue = rendering.text
            if !isSilent { for bundle in rendering.bundles { publish(bundle) } }
        case .failure(let diagnostic):
            fail("error", visible(diagnostic.message), Traceback(diagnostic))
        case .interrupted(let text): fail("interrupted", text, Traceback(interruption: text))
        }
    }

    mutating func show(_ event: ProgressMeter.Event) {
        if !isSilent { progress.show(event) }
    }

    mutating func clear() {
        if isSilent { return }
        progress.forget()
        voice.publish("clear_output", ["wait": false])
    }

    mutating func end() { progress.end() }

    private func publish(_ bundle: DisplayBundle) {
        var content: NamedValues<JSON> = ["data": bundle.json, "metadata": [:]]
        if bundle.isPicture { return voice.publish("display_data", .object(content)) }
        content["execution_count"] = .integer(count)
        voice.publish("execute_result", .object(content))
    }

    private mutating func fail(_ name: String, _ message: String, _ traceback: Traceback) {
        let error: JSON = [
            "ename": .string(name), "evalue": .string(message),
            "traceback": .array(traceback.lines.map { .string($0) }),
        ]
        if self.error == nil { self.error = error }
        if !isSilent { voice.publish("error", error) }
    }
}

extension DisplayBundle {
    var json: JSON { .object(NamedValues(forms.map { ($0.type, .string($0.text)) })) }
}
