// Damages inputs: bytes, words of the language, and numbers in structured texts.

enum Mutation {
    static let interestingBytes: [UInt8] = [
        0, 1, 9, 10, 13, 27, 32, 34, 35, 39, 44, 48, 57, 58, 91, 92, 93, 123, 125, 127, 128, 0xc2, 0xe2, 0xed, 0xf0,
        0xff,
    ]

    /// Numbers at which something changes: widths of integers and floats, limits, signs.
    static let numbers = [
        "0", "-0", "1", "-1", "2", "3", "7", "0.5", "1e-320", "1e308", "-1e308", "1e400", "nan", "inf", "-inf", "255",
        "256", "65535", "65536", "65537", "2147483647", "2147483648", "4294967296", "9007199254740992",
        "9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551615",
        "18446744073709551616", "4611686018427387904", "999999999", "1000000000", "900000000000000", "1e15", "0.1",
        "1e38", "3.4028236e38", "16777217",
    ]

    /// A few changes of any bytes; `other` is material to paste in.
    static func bytes(_ input: [UInt8], _ other: [UInt8], _ random: inout FuzzRandom) -> [UInt8] {
        var result = input
        for _ in 0..<random.length(upTo: 12) {
            let at = random.below(result.count + 1)
            let size = min(random.length(upTo: 64), result.count - at)
            switch random.below(9) {
            case 0 where at < result.count: result[at] ^= 1 << UInt8(random.below(8))
            case 1 where at < result.count: result[at] = random.pick(interestingBytes)
            case 2: result.insert(random.pick(interestingBytes), at: at)
            case 3: result.removeSubrange(at..<at + max(0, size))
            case 4 where size > 0: result.insert(contentsOf: result[at..<at + size], at: random.below(result.count + 1))
            case 5 where !other.isEmpty:
                let start = random.below(other.count)
                result.insert(contentsOf: other[start..<min(other.count, start + random.length(upTo: 200))], at: at)
            case 6: result.insert(contentsOf: Array(random.pick(numbers).utf8), at: at)
            case 7:
                result.insert(
                    contentsOf: Array(repeating: random.pick(interestingBytes), count: random.length(upTo: 3000)),
                    at: at)
            default: result.removeLast(min(result.count, random.below(result.count / 2 + 1)))
            }
            if result.count > 200_000 { result.removeLast(result.count - 200_000) }
        }
        return result
    }

    /// A text cut into words, numbers, strings and signs; joined they give it back.
    static func tokens(_ text: String) -> [String] {
        var result: [String] = [], current = "", kind = 0
        for scalar in text.unicodeScalars {
            let properties = scalar.properties
            let next =
                properties.isAlphabetic || properties.numericType != nil || scalar == "_" ? 1 : scalar == " " ? 2 : 3
            if next != kind || next == 3, !current.isEmpty {
                result.append(current)
                current = ""
            }
            current.unicodeScalars.append(scalar)
            kind = next
        }
        if !current.isEmpty { result.append(current) }
        return result
    }

    /// A few changes of whole words of a program.
    static func words(_ input: String, _ other: String, vocabulary: [String], _ random: inout FuzzRandom) -> String {
        var words = tokens(input)
        let others = tokens(other)
        for _ in 0..<random.length(upTo: 8) {
            let at = random.below(words.count + 1)
            let size = min(random.length(upTo: 20), words.count - at)
            switch random.below(9) {
            case 0 where at < words.count: words[at] = random.pick(vocabulary)
            case 1: words.insert(random.pick(vocabulary), at: at)
            case 2: words.removeSubrange(at..<at + max(0, size))
            case 3 where size > 0: words.insert(contentsOf: words[at..<at + size], at: random.below(words.count + 1))
            case 4 where !others.isEmpty:
                let start = random.below(others.count)
                words.insert(contentsOf: others[start..<min(others.count, start + random.length(upTo: 40))], at: at)
            case 5 where at < words.count: words[at] = random.pick(numbers)
            case 6 where at < words.count: words.swapAt(at, random.below(words.count))
            case 7:
                let (open, close) = random.pick([
                    ("(", ")"), ("[", "]"), ("{", "}"), ("\"{", "}\""), ("-", ""), ("not ", ""), ("x -> ", ""),
                    ("if true { ", " }"),
                ])
                let depth = random.length(upTo: 400)
                words.insert(String(repeating: open, count: depth), at: at)
                words.insert(String(repeating: close, count: depth), at: min(words.count, at + 1 + max(0, size)))
            default:
                // A number elsewhere becomes one at which something changes.
                let places = words.indices.filter { words[$0].first?.isNumber ?? false }
                if !places.isEmpty { words[random.pick(places)] = random.pick(numbers) }
            }
            if words.count > 50_000 { words.removeLast(words.count - 50_000) }
        }
        return words.joined()
    }

    /// Changes numbers and literals of a text like JSON, which stays well-formed in most cases.
    static func literals(_ input: String, _ random: inout FuzzRandom) -> String {
        let replacements =
            numbers + ["null", "true", "\"\"", "[]", "{}", "[1]", "\"x\"", "-9223372036854775808", "1e999", "[[[[]]]]"]
        var words: [String] = [], current = "", isNumber = false
        for scalar in input.unicodeScalars {
            let next = ("0"..."9").contains(scalar) || (isNumber && (scalar == "." || scalar == "e" || scalar == "-"))
            if next != isNumber, !current.isEmpty {
                words.append(current)
                current = ""
            }
            isNumber = next
            current.unicodeScalars.append(scalar)
        }
        words.append(current)
        let places = words.indices.filter { words[$0].unicodeScalars.first.map { ("0"..."9").contains($0) } ?? false }
        guard !places.isEmpty else { return input }
        for _ in 0..<random.length(upTo: 6) { words[random.pick(places)] = random.pick(replacements) }
        return words.joined()
    }
}
