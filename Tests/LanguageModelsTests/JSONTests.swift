// JSON: values, errors with their place, and the same digits back.

import Files
import Testing

@Suite struct JSONTests {
    @Test func readsEveryKindOfValue() throws {
        let text = #" {"a": [null, true, false], "b": {"c": -1.5e3, "d": 12345678901234567}, "z": "", "e": []} "#
        let value = try JSON(parsing: text)
        #expect(
            value == [
                "a": [nil, true, false], "b": ["c": -1500.0, "d": 12_345_678_901_234_567], "z": "", "e": [],
            ])
        #expect(value.object?.keys == ["a", "b", "z", "e"])
    }

    @Test(arguments: [
        ("0", 0.0), ("-0.0", -0.0), ("1e-05", 1e-05), ("0.1", 0.1),
        ("2.2250738585072014e-308", 2.2250738585072014e-308), ("5e-324", .leastNonzeroMagnitude),
        ("1.7976931348623157e308", .greatestFiniteMagnitude), ("123456789012345678901234567890", 0x1.8ee90ff6c373ep96),
        ("0.000000000000000000000000000001", 1e-30), ("9007199254740993", 9007199254740992), ("1e22", 1e22),
        ("1e23", 1e23), ("3.141592653589793238462643383279", 3.141592653589793), ("1E+2", 100),
    ])
    func readsNumbersToTheNearestDouble(text: String, expected: Double) throws {
        let value = try #require(try JSON(parsing: text).number)
        #expect(value == expected && value.sign == expected.sign)
    }

    @Test func wholeNumbersStayExact() throws {
        #expect(try JSON(parsing: "9223372036854775807") == .integer(.max))
        #expect(try JSON(parsing: "-9223372036854775808") == .integer(.min))
        #expect(try JSON(parsing: "9223372036854775808") == .number(9223372036854775808))
        #expect(try JSON(parsing: "3.0").integer == 3)
        #expect(try JSON(parsing: "3.5").integer == nil)
    }

    @Test func readsWhatPythonWrites() throws {
        let value = try JSON(parsing: #"{"a": NaN, "b": [Infinity, -Infinity]}"#)
        #expect(value["a"]?.number?.isNaN == true)
        #expect(value["b"] == [.number(.infinity), .number(-.infinity)])
        // Half a surrogate pair is no character; what follows it is.
        #expect(
            try JSON(parsing: #"["\ud83d", "\ude42\ud83d\u0041", "\ud83d\ud83d\ude42"]"#) == [
                "\u{FFFD}", "\u{FFFD}\u{FFFD}A", "\u{FFFD}🙂",
            ])
        #expect(try JSONTape.parse(Array(#""\ud83d""#.utf8), origin: nil).loneSurrogates == 1)
        // No setting is infinite.
        #expect(throws: JSONError.self) { try JSONNode(value, origin: "x")["a"].number() }
    }

    @Test func keysAreTheSameOnlyWithTheSameBytes() throws {
        let value = try JSON(parsing: "{\"\u{e9}\": 1, \"e\u{301}\": 2}")
        #expect(value.object?.count == 2 && value["\u{e9}"] == 1 && value["e\u{301}"] == 2)
        #expect(try JSON(parsing: value.text()) == value)
        let many = (0..<40).map { "\"k\($0)\": \($0)" } + ["\"k7\": 1"]
        #expect(throws: JSONError.self) { try JSON(parsing: "{\(many.joined(separator: ","))}") }
        #expect(throws: JSONError.self) { try JSON(parsing: #"{"a": 1, "\u0061": 2}"#) }
    }

    @Test func linesOfJSONAreAList() throws {
        func read(_ text: String, _ lines: JSONTape.Lines) throws -> JSON {
            try JSONTape.parse(Array(text.utf8), origin: "x", lines: lines).tree()
        }
        #expect(try read("{\"a\": [1]}\r\n\n{\"a\": {}}\n", .several) == [["a": [1]], ["a": [:]]])
        #expect(try read("[1]\n", .several) == [1])
        #expect(try read("[1]\n", .always) == [[1]])
        #expect(try read("[\n1]\n", .always) == [1])
        #expect(try read("", .always) == [])
        #expect(
            throws: JSONError(
                origin: "x", position: (1, 3), message: "expected the end of the text after the value, found '2'")
        ) { try read("1 2", .several) }
        #expect(
            throws: JSONError(
                origin: "x", position: (2, 1), message: "expected the end of the text after the value, found '}'")
        ) { try read("{}\n}", .several) }
        #expect(
            throws: JSONError(
                origin: "x", position: (3, 1), message: "expected ',' or ']' in the array, found the end of the text")
        ) { try read("{}\n[1\n", .several) }
    }

    /// Decimal digits become the nearest double, as the C library finds it.
    @Test func digitsBecomeTheNearestDouble() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let digits = (0..<Int.random(in: 1...20, using: &generator)).map { _ in
                Int.random(in: 0...9, using: &generator)
            }
            let mantissa = "\(Int.random(in: 1...9, using: &generator))." + digits.map(String.init).joined()
            let text = "\(mantissa)e\(Int.random(in: -40...40, using: &generator))"
            let value = try #require(try JSON(parsing: text).number)
            let expected = try #require(Double(text))
            #expect(value == expected, "\(text)")
        }
        for text in [
            "9007199254740993.0", "9007199254740995e0", "1.00000000000000011102230246251565", "4503599627370496.5",
            "4503599627370497.5",
        ] {
            #expect(try JSON(parsing: text).number == Double(text), "\(text)")
        }
    }

    @Test func readsEscapesAndSurrogates() throws {
        #expect(try JSON(parsing: #""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude42é🙂""#) == "\"\\/\u{8}\u{c}\n\r\té🙂é🙂")
        #expect(try JSON(parsing: [0xEF, 0xBB, 0xBF, 0x31]) == 1)
    }

    @Test(arguments: [
        ("", "x.json:1:1: expected a JSON value, but there is no text"),
        ("{\"a\": 1,\n \"b\" 2}", "x.json:2:6: expected ':' after the key \"b\", found '2'"),
        ("[1 2]", "x.json:1:4: expected ',' or ']' in the array, found '2'"),
        ("{\"a\": 1", "x.json:1:8: expected ',' or '}' in the object, found the end of the text"),
        ("[1,]", "x.json:1:4: expected a value after ',', found ']': remove the last comma"),
        ("{\"a\":1,}", "x.json:1:8: expected a key after ',', found '}': remove the last comma"),
        ("{\"é\": 1, \"a\": 2, \"a\": 3}", "x.json:1:18: the key \"a\" appears twice in the same object"),
        ("[nan]", "x.json:1:2: expected a value, found 'nan'; write NaN, Infinity or null"),
        ("-inf", "x.json:1:2: expected a digit after '-', found 'inf'; write NaN, Infinity or null"),
        ("[Nan]", "x.json:1:2: expected a value, found 'Nan'"),
        ("1e-999", "x.json:1:1: the number 1e-999 is closer to 0 than a double can be"),
        ("1\n2", "x.json:2:1: expected the end of the text after the value, found '2'"),
        ("{'a': 1}", "x.json:1:2: expected a key in double quotes, found '''"),
        ("['a']", "x.json:1:2: expected a value, found '''; JSON strings stand in double quotes"),
        ("True", "x.json:1:1: expected a value, found 'True'; JSON writes true, false, null"),
        ("1 1", "x.json:1:3: expected the end of the text after the value, found '1'"),
        ("01", "x.json:1:2: a number may not begin with 0; write it without leading zeros"),
        ("1.", "x.json:1:3: expected a digit after '.', found the end of the text"),
        ("1e", "x.json:1:3: expected a digit in the exponent, found the end of the text"),
        ("1e999", "x.json:1:1: the number 1e999 is beyond the range of a double"),
        ("\"abc", "x.json:1:1: this string has no closing '\"'"),
        ("\"a\nb\"", "x.json:1:3: a string may not hold the end of the line; write it as an escape such as \\n"),
        ("\"\\x\"", "x.json:1:3: expected one of \" \\ / b f n r t u after '\\', found 'x'"),
        ("\"\\u12g4\"", "x.json:1:6: expected four hexadecimal digits after \\u, found 'g'"),
        ("nul", "x.json:1:1: expected a value, found 'nul'"),
    ])
    func refusesWithThePlace(text: String, message: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: text) }
        do throws(JSONError) {
            _ = try JSON(parsing: text, origin: "x.json")
        } catch {
            #expect(error.description == message)
        }
    }

    @Test func refusesInvalidUTF8AndDepth() throws {
        #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0xFF, 0x22]) }
        let deep = { (n: Int) in String(repeating: "[", count: n) + String(repeating: "]", count: n) }
        #expect(throws: JSONError.self) { try JSON(parsing: deep(JSON.depthLimit + 1)) }
        #expect(throws: JSONError.self) { try JSON(parsing: String(repeating: "{\"a\":", count: 100_000)) }
        _ = try JSON(parsing: deep(JSON.depthLimit))
    }

    @Test func writesTheSameDigitsBack() throws {
        let text = #"{"a":[1,-2.5,0.1,1e-05,5e-324,null,true],"b":"\"\\\n\u0001é🙂","c":{},"d":[]}"#
        let value = try JSON(parsing: text)
        #expect(try value.text() == text)
        #expect(
            try JSON(parsing: #"{"a":[1,{}],"b":{"c":[]}}"#).text(.pretty) == """
                {
                  "a": [
                    1,
                    {}
                  ],
                  "b": {
                    "c": []
                  }
                }
                """)
    }

    @Test func writerNamesWhatJSONCannotHold() throws {
        let value: JSON = ["loss": [1.0, .number(.nan)]]
        #expect(throws: JSONError(message: "loss[1] is nan, which JSON cannot hold")) { try value.text() }
        #expect(try value.text(nonFinite: .null) == #"{"loss":[1.0,null]}"#)
    }

    @Test func typedAccessNamesFileAndKeyPath() throws {
        let node = JSONNode(
            ["rope": ["theta": "x", "factors": [1, 2.5]], "none": nil, "n": 0] as JSON, origin: "m/config.json")
        #expect(throws: JSONError(message: #"m/config.json: "rope.theta" must be a number, but is the string "x""#)) {
            try node["rope"]["theta"].number()
        }
        #expect(throws: JSONError(message: #"m/config.json: "rope.type" is missing"#)) { try node["rope"]["type"] }
        #expect(throws: JSONError(message: #"m/config.json: "rope.factors[1]" must be a whole number, but is 2.5"#)) {
            try node["rope"]["factors"].elements()[1].integer()
        }
        #expect(throws: JSONError(message: #"m/config.json: "n" must be a whole number of at least 1, but is 0"#)) {
            try node["n"].integer(in: 1...)
        }
        #expect(try node.optional("none")?.value == nil)
        #expect(try node.optional("absent")?.value == nil)
        #expect(try node["rope"]["factors"].elements()[0].number() == 1)
    }

    @Test func linesKnowTheirNumbers() throws {
        let nodes = try JSONLines.parse(Array("{\"a\":1}\r\n\n{\"a\":\"x\"}\n".utf8), origin: "f.json")
        #expect(nodes.count == 2)
        #expect(throws: JSONError(message: #"f.json:3: "a" must be a whole number, but is the string "x""#)) {
            try nodes[1]["a"].integer()
        }
        #expect(throws: JSONError(message: "f.json:2:6: expected a value, found '}'")) {
            try JSONLines.parse(Array("{}\n{\"a\":}\n{}".utf8), origin: "f.json")
        }
    }

    @Test func missingFilesAreNamed() {
        #expect(throws: FileError(path: "/no/such.json", message: "there is no such file or folder; check the path")) {
            try JSONNode(file: "/no/such.json")
        }
        #expect(throws: FileError(path: "/tmp", message: "this is a folder, not a file; give the name of a file in it"))
        { try JSONLines.read("/tmp") }
    }
}
