// A picture as a file: SVG as it is, PNG and PDF by librsvg's converter.
import Files
import Foundation
import Language

/// Writes pictures to files, each whole or not at all.
package enum PictureFile {
    /// What the end of a file's name asks for.
    package enum Format: String, CaseIterable {
        case svg, png, pdf

        package init?(path: String) { self.init(rawValue: URL(fileURLWithPath: path).pathExtension.lowercased()) }
    }

    /// The program that turns SVG into the other formats, and the package it comes with.
    private static let converter = "rsvg-convert", package = "librsvg2-bin"

    /// Writes a drawing of Lethe's own in the format that the path's ending names; SVG for any other.
    ///
    /// - Throws: a ``LanguageError`` that says what to do where the converter is missing or fails.
    package static func write(_ svg: String, to path: String) throws(LanguageError) {
        let format = Format(path: path) ?? .svg
        let bytes = format == .svg ? Array(svg.utf8) : try converted(svg, to: format, for: path)
        do { try FileBytes.write(bytes, to: path) } catch { throw LanguageError("\(error)") }
    }

    /// A drawing as the bytes of a PNG file.
    package static func png(_ svg: String) throws(LanguageError) -> [UInt8] {
        try converted(svg, to: .png, for: "the picture")
    }

    /// Throws where a format needs a program that is not there.
    package static func checkConverter(for format: Format) throws(LanguageError) {
        if format != .svg { _ = try converterPath(for: format) }
    }

    private static func converterPath(for format: Format) throws(LanguageError) -> String {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        // A folder named relative to this one may hold anything.
        let found = folders.filter { $0.hasPrefix("/") }.map { "\($0)/\(converter)" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
        guard let found else {
            throw LanguageError(
                "a \(format.rawValue.uppercased()) file needs the program \(converter), which is not installed",
                advice: ["apt-get install \(package), or save an .svg, which needs nothing"])
        }
        return found
    }

    /// Pixels of a PNG to a unit of the drawing: sharp on paper, too.
    private static let zoom = "2"

    private static func converted(_ svg: String, to format: Format, for path: String) throws(LanguageError) -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try converterPath(for: format))
        // The same picture gives the same bytes, whatever the hour.
        process.environment = ProcessInfo.processInfo.environment.merging(["SOURCE_DATE_EPOCH": "0"]) { $1 }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lethe-picture-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let source = folder.appendingPathComponent("picture.svg"), result = folder.appendingPathComponent("result")
            let complaint = folder.appendingPathComponent("complaint")
            try Data(svg.utf8).write(to: source)
            _ = FileManager.default.createFile(atPath: complaint.path, contents: nil)
            process.arguments = [
                "--format", format.rawValue, "--zoom", format == .png ? zoom : "1", "--output", result.path,
                source.path,
            ]
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            process.standardError = try FileHandle(forWritingTo: complaint)
            try process.run()
            process.waitUntilExit()
            let bytes = (try? Data(contentsOf: result)) ?? Data()
            guard process.terminationReason == .exit, process.terminationStatus == 0, !bytes.isEmpty else {
                let said = (try? String(contentsOf: complaint, encoding: .utf8))?.split(separator: "\n").first
                throw LanguageError(
                    "\(converter) could not make `\(path)`" + (said.map { ": " + visibleLine(String($0)) } ?? ""),
                    advice: ["save an .svg, which needs no other program"])
            }
            return Array(bytes)
        } catch let error as LanguageError {
            throw error
        } catch {
            throw LanguageError("cannot make `\(path)` with \(converter): \(error.localizedDescription)")
        }
    }
}
