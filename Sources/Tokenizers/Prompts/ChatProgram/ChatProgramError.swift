// What stops a chat template from being read or run.

/// Why a model's `chat_template` is not followed: it uses what is not known here, or refuses the conversation itself.
struct ChatProgramError: Error {
    let message: String
    init(_ message: String) { self.message = message }
}
