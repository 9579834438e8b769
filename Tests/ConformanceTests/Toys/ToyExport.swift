// An export format from outside its module.
import Notebook

/// The code alone, a file a cell behind a list of them.
struct ToyExport: ExportFormat {
    let fileExtension = "toy"

    func text(of document: ExportedDocument) -> String {
        document.parts.filter { $0.kind == .code }.map { $0.source + "\n" }.joined()
    }

    func files(of document: ExportedDocument, at path: String) -> [ExportedFile] {
        let cells = document.parts.filter { $0.kind == .code }.enumerated().map {
            ExportedFile(path: "\(path).\($0 + 1)", text: $1.source + "\n")
        }
        return [ExportedFile(path: path, text: cells.map { $0.path + "\n" }.joined())] + cells
    }
}
