// What a model's own program writes of a conversation, as templates are compared with it.

/// A turn of a conversation.
typealias ChatTurn = (role: String, content: String)

/// A `chat_template` with all that it is given.
struct ChatWriter {
    let program: ChatProgram
    let beginning, end: String
    /// A variable of the program that is false instead of not there.
    var switchedOff: String?

    // Blanks at the sides show what is trimmed; quotes, braces and marks, what is escaped or cut.
    static let question = " Who's \"Ann\"? {x} \n", again = "And\n\nI?", answer = "\tNobody: </b>. "
    static let system = "Be brief."
    /// What stands for the clock.
    static let clock = "\u{1}"

    /// What the program writes, without the token that begins a text, which is the tokenizer's to put there, and without
    /// a blank before the answer.
    /// - Throws: `ChatProgramError` where it refuses, or uses what is not known.
    func text(_ turns: [ChatTurn], asksNext: Bool = true) throws -> String {
        var text = try program.text(
            turns.map { ChatProgram.Message(role: $0.role, content: $0.content) }, asksNext: asksNext,
            beginning: beginning, end: end, clock: Self.clock, switchedOff: switchedOff)
        if !beginning.isEmpty, text.hasPrefix(beginning) { text.removeFirst(beginning.count) }
        return asksNext && text.hasSuffix(" ") ? String(text.unicodeScalars.dropLast()) : text
    }
}
