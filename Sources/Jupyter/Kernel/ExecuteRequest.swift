// Running a cell that a front end sends.
import Files
import Language
import Notebook

/// What an `execute_request` asks for.
struct ExecuteRequest {
    let code: String
    /// Nothing is published but that the kernel is busy.
    let isSilent: Bool
    /// The cell gets a number and is remembered.
    let isStored: Bool
    /// Expressions whose values the reply is to have.
    let expressions: NamedValues<JSON>
    let stopsOnError: Bool

    init(_ content: JSONNode) throws {
        code = try content["code"].string()
        isSilent = try content.optional("silent")?.bool() ?? false
        isStored = try !isSilent && content.optional("store_history")?.bool() ?? true
        expressions = try content.optional("user_expressions")?.value.object ?? [:]
        stopsOnError = try content.optional("stop_on_error")?.bool() ?? true
    }
}

extension Kernel {
    func execute(_ request: ExecuteRequest, _ voice: Voice) {
        let isBlank = !request.code.contains { !$0.isWhitespace }
        let count = request.isStored && !isBlank ? session.nextCell : max(0, session.nextCell - 1)
        if !request.isSilent {
            voice.publish("execute_input", ["code": .string(request.code), "execution_count": .integer(count)])
        }
        guard !session.isQuitting else {
            return fail(
                Self.failure("error", "the session has ended; restart the kernel"), request, count, voice,
                isToBeSaid: true)
        }
        var outputs = CellOutputs(voice: voice, count: count, isSilent: request.isSilent)
        if !isBlank {
            running = outputs
            // Without an origin a cell is the session's next one, with a number, `out[n]` and `:undo`.
            session.run(Cell(request.code, origin: request.isStored ? nil : .cell(session.nextCell)))
            running?.end()
            outputs = running ?? outputs
            running = nil
            if request.isStored { history.append(request.code, output: outputs.lastValue) }
        }
        if let error = outputs.error { return fail(error, request, count, voice, isToBeSaid: false) }
        var content: NamedValues<JSON> = [
            "status": "ok", "execution_count": .integer(count), "payload": [],
            "user_expressions": .object(values(of: request.expressions)),
        ]
        if session.isQuitting { content["payload"] = [["source": "ask_exit", "keepkernel": false]] }
        voice.reply(.object(content))
    }

    private func fail(_ error: JSON, _ request: ExecuteRequest, _ count: Int, _ voice: Voice, isToBeSaid: Bool) {
        var content = error.object ?? [:]
        if isToBeSaid, !request.isSilent {
            content["status"] = nil
            voice.publish("error", .object(content))
        }
        content["status"] = "error"
        content["execution_count"] = .integer(count)
        content["user_expressions"] = [:]
        content["payload"] = []
        voice.reply(.object(content))
        if request.stopsOnError { abort() }
    }

    /// The cells that wait were sent by someone who took for granted that this one would run.
    private func abort() {
        for request in queue.withdraw(where: { $0.message.type == "execute_request" }) {
            let voice = voice(about: request)
            voice.whileBusy {
                voice.reply(["status": "aborted", "execution_count": .integer(max(0, session.nextCell - 1))])
            }
        }
    }

    private func values(of expressions: NamedValues<JSON>) -> NamedValues<JSON> {
        NamedValues(
            expressions.map { name, expression in
                do {
                    guard let text = expression.string else { throw LanguageError("an expression must be a string") }
                    guard let bundle = try session.evaluate(text)?.bundles.first else {
                        throw LanguageError("it has no value")
                    }
                    return (name, ["status": "ok", "data": bundle.json, "metadata": [:]])
                } catch {
                    let message = (error as? Diagnostic)?.message ?? (error as? LanguageError)?.message ?? "\(error)"
                    return (name, Self.failure("error", visible(message)))
                }
            })
    }
}
