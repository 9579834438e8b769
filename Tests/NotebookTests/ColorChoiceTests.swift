// Colour: the command line wins over the environment, the environment over the terminal.
import Notebook
import Testing

@Suite struct ColorChoiceTests {
    @Test(
        arguments: [
            (ColorChoice.auto, true, "xterm", nil, nil, true),
            (.auto, false, "xterm", nil, nil, false),
            (.auto, true, "dumb", nil, nil, false),
            (.auto, true, nil, nil, nil, false),
            (.auto, true, "xterm", "1", nil, false),
            (.auto, true, "xterm", "", nil, true),
            (.auto, false, "dumb", nil, "1", true),
            (.auto, false, "xterm", nil, "0", false),
            (.auto, false, "xterm", "1", "1", false),
            (.always, false, "dumb", "1", nil, true),
            (.never, true, "xterm", nil, "1", false),
        ] as [(ColorChoice, Bool, String?, String?, String?, Bool)])
    func decision(
        _ choice: ColorChoice, _ isTerminal: Bool, _ term: String?, _ no: String?, _ force: String?, _ expected: Bool
    ) {
        #expect(choice.applies(isTerminal: isTerminal, term: term, noColor: no, forceColor: force) == expected)
    }
}
