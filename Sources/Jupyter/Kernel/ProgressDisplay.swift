// How far a long operation has come, as an output of the cell that is written anew in its place.
import Files
import Foundation
import Notebook

/// The progress of the running cell.
struct ProgressDisplay {
    private let voice: Voice
    /// The display that stands for the operation under way; nil where none is shown.
    private var display: String?
    private var isBlank = true

    /// Marks such outputs in a notebook: they are no results.
    static let metadata: JSON = ["lethe": ["progress": true]]

    init(voice: Voice) { self.voice = voice }

    mutating func show(_ event: ProgressMeter.Event) {
        switch event {
        case .line(let text): put(text)
        case .cleared: if display != nil { put("") }
        case .summary(let text):
            put(text)
            display = nil
        }
    }

    /// The cell has ended: a line that nothing came of goes.
    mutating func end() {
        if display != nil, !isBlank { put("") }
        display = nil
    }

    /// All outputs were cleared, and the display with them.
    mutating func forget() { display = nil }

    private mutating func put(_ text: String) {
        isBlank = text.isEmpty
        let type = display == nil ? "display_data" : "update_display_data"
        let id = display ?? UUID().uuidString.lowercased()
        display = id
        voice.publish(
            type,
            [
                "data": ["text/plain": .string(text)], "metadata": Self.metadata,
                "transient": ["display_id": .string(id)],
            ])
    }
}
