// A slider of an exported page: a name and the values that it takes, as a cell's title gives them.
import Foundation
import Language

/// `lr=1e-4..1e-2 log 9`: values from one number to another; `loss=npo|graddiff`: expressions to choose from.
public struct Slider: Sendable, Equatable {
    public let name: String
    /// Expressions of the language, in order.
    public internal(set) var values: [String]

    /// What the title says in brackets: `slider lr=1e-4..1e-2 log 9, steps=10|20`.
    static let word = "slider"

    /// Values of a range that does not say how many.
    private static let usual = 9
    /// Results that a page may hold.
    static let most = 200

    /// The sliders that a tag asks for; nothing for other tags and for a bare `slider`.
    ///
    /// - Throws: a ``LanguageError`` for one that cannot be read.
    static func read(_ tag: String) throws(LanguageError) -> [Slider] {
        guard tag.hasPrefix(word + " ") else { return [] }
        var sliders: [Slider] = []
        for part in tag.dropFirst(word.count).split(separator: ",") {
            let slider = try Slider(String(part).trimmingSpaces)
            guard !sliders.contains(where: { $0.name == slider.name }) else {
                throw LanguageError("the slider \(slider.name) is there twice")
            }
            sliders.append(slider)
        }
        let count = sliders.reduce(1) { $0 * min($1.values.count, most + 1) }
        guard count <= most else {
            throw LanguageError(
                "these sliders have \(count) combinations; a page holds the results of up to \(most)",
                note: "say fewer values, as in \(sliders[0].name)=1..10 5")
        }
        return sliders
    }

    private init(_ text: String) throws(LanguageError) {
        let sides = text.split(separator: "=", maxSplits: 1).map { String($0).trimmingSpaces }
        guard sides.count == 2, isName(sides[0]), !sides[1].isEmpty else {
            throw Self.unreadable(text)
        }
        name = sides[0]
        if let dots = sides[1].range(of: "..") {
            values = try Self.range(
                from: String(sides[1][..<dots.lowerBound]), rest: String(sides[1][dots.upperBound...]), text)
        } else {
            values = sides[1].split(separator: "|").map { String($0).trimmingSpaces }
            guard values.count > 1, values.allSatisfy({ !$0.isEmpty }) else { throw Self.unreadable(text) }
        }
    }

    private static func unreadable(_ text: String) -> LanguageError {
        LanguageError(
            "this is no slider: \(text)",
            note: "write lr=1e-4..1e-2 log 9, steps=10..50 5 or loss=npo|graddiff")
    }

    private static func range(from: String, rest: String, _ text: String) throws(LanguageError) -> [String] {
        var words = rest.split(separator: " ").map(String.init)
        guard let low = Double(from.trimmingSpaces), !words.isEmpty, let high = Double(words.removeFirst()),
            low.isFinite, high.isFinite, low != high
        else { throw unreadable(text) }
        let isLogarithmic = words.first == "log"
        if isLogarithmic { words.removeFirst() }
        guard !isLogarithmic || low > 0 && high > 0 else {
            throw LanguageError("a logarithmic slider needs numbers above 0: \(text)")
        }
        let areWhole = low == low.rounded() && high == high.rounded() && abs(high - low) < 1e6
        var count = areWhole && !isLogarithmic && abs(high - low) < 20 ? Int(abs(high - low)) + 1 : usual
        if let given = words.popLast() {
            guard words.isEmpty, let number = Int(given), (2...most).contains(number) else { throw unreadable(text) }
            count = number
        }
        return (0..<count).map { index in
            let share = Double(index) / Double(count - 1)
            // The ends are exact.
            if index == 0 { return formatNumber(low, digits: 12) }
            if index == count - 1 { return formatNumber(high, digits: 12) }
            // What stands beside the slider is what was computed.
            return isLogarithmic
                ? formatNumber(low * pow(high / low, share), digits: 3)
                : formatNumber(low + share * (high - low), digits: 6)
        }
    }

    /// The place of a value; one that is not among them is added, numbers in their order, else at the front.
    mutating func place(of value: String) -> Int {
        if let known = values.firstIndex(where: { Self.isSame($0, value) }) { return known }
        let numbers = values.compactMap { Double($0) }
        var place = 0
        if let number = Double(value), numbers.count == values.count, let first = numbers.first, let last = numbers.last
        {
            let rises = first < last
            place = numbers.firstIndex { rises ? $0 > number : $0 < number } ?? numbers.count
        }
        values.insert(value, at: place)
        return place
    }

    private static func isSame(_ a: String, _ b: String) -> Bool {
        if let a = Double(a), let b = Double(b) { return a == b }
        return a == b
    }
}
