// A script that is played as a lesson: where one is, and what the next stop is.
//
// Cells of prose are read, cells of code are stops: they are shown, and run when the reader goes on. A cell titled
// `[exercise]` is a task: its code is run when the reader has done something, and compared with what stands below it. What
// is titled `[solution]` before it is shown on demand.
import Language

/// A lesson under way.
struct Lesson: Sendable {
    enum Stop: Sendable, Equatable {
        /// Code that the next step runs.
        case code(Int)
        /// A task, with the chunks that solve it.
        case exercise(Int, solutions: [Int])
        /// The reader's turn without a task that checks it; the lesson's own solution goes on.
        case solution([Int])
        case end
    }

    let path: String
    let document: Document
    /// Chunks of prose to be read before the stop.
    private(set) var prose: [Int] = []
    private(set) var stop = Stop.end
    /// Stops behind us, by the chunk from which each was looked for.
    private var starts: [Int] = []
    /// Lines of the prose and the stop that are shown.
    private(set) var shownLines = 0
    /// Whether all of them are.
    private(set) var isShown = false
    /// What the last step printed and the window had no room for; to be seen before anything else.
    var held: [Output] = []
    /// How many stops there are in all.
    let count: Int

    init(path: String, document: Document) {
        self.path = path
        self.document = document
        count = Self.stops(document).count
        look(from: 0)
    }

    /// The number of the stop we are at, from 1.
    var number: Int { starts.count }

    private static func stops(_ document: Document) -> [Stop] {
        var stops: [Stop] = [], next = 0
        while true {
            let (_, stop, after) = find(from: next, in: document)
            if stop == .end { return stops }
            stops.append(stop)
            next = after
        }
    }

    /// The prose and the stop behind a chunk, and where to go on after it.
    private static func find(from start: Int, in document: Document) -> (prose: [Int], stop: Stop, after: Int) {
        var prose: [Int] = [], solutions: [Int] = [], index = start
        while index < document.chunks.count {
            let chunk = document.chunks[index]
            if chunk.tags.contains("solution") {
                if chunk.kind == .code { solutions.append(index) }
            } else if chunk.kind == .prose {
                if !solutions.isEmpty { return (prose, .solution(solutions), index) }
                prose.append(index)
            } else if !chunk.source.isBlank {
                if chunk.tags.contains("exercise") {
                    return (prose, .exercise(index, solutions: solutions), index + 1)
                }
                return solutions.isEmpty ? (prose, .code(index), index + 1) : (prose, .solution(solutions), index)
            }
            index += 1
        }
        return (prose, solutions.isEmpty ? .end : .solution(solutions), index)
    }

    private mutating func look(from start: Int) {
        (prose, stop, _) = Self.find(from: start, in: document)
        starts.append(start)
        showAnew()
    }

    /// So many lines of what there is to show are shown.
    mutating func hasShown(_ lines: Int, of count: Int) { (shownLines, isShown) = (lines, lines == count) }

    mutating func showAnew() { (shownLines, isShown) = (0, false) }

    /// Goes to the stop behind this one.
    mutating func goOn() {
        guard stop != .end, let start = starts.last else { return }
        look(from: Self.find(from: start, in: document).after)
    }

    /// Goes to the stop before this one, as far as there is one.
    mutating func goBack() {
        starts.removeLast()
        look(from: starts.popLast() ?? 0)
    }
}
