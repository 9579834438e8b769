// Files that are something else than they seem, and numbers that no value here holds: each is called by its name.
import Foundation

private func put(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
private func put(_ text: String, _ path: String) throws { try put(Array(text.utf8), path) }
private func link(_ path: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
}

/// A safetensors file of this header, whose length it gets, and these bytes.
private func tensors(_ header: String, _ data: [UInt8]) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) } + Array(header.utf8) + data
}

private let pointer =
    "version https://git-lfs.github.com/spec/v1\noid sha256:\(String(repeating: "0", count: 64))\nsize 12345\n"
private let page = "<!DOCTYPE html>\n<html><title>Not found</title></html>\n"
private let one = #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#

let strangeFiles: [BadInput] = [
    // Files in the place of others.
    BadInput(
        "load: a safetensors file", "load(\"{here}/m.safetensors\")", "is a safetensors file", "read_tensors", "folder"
    ) {
        try put(tensors(one, [0, 0, 0, 0]), $0 + "/m.safetensors")
    },
    BadInput("load: a pickle", "load(\"{here}/pytorch_model.bin\")", "is a Python pickle", "save_pretrained") {
        try put([0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C], $0 + "/pytorch_model.bin")
    },
    BadInput("load: a zip archive", "load(\"{here}/model.pt\")", "is a zip archive", "save_pretrained") {
        try put([0x50, 0x4B, 3, 4, 0, 0, 0, 0], $0 + "/model.pt")
    },
    BadInput("load: a GGUF file cut short", "load(\"{here}/m.gguf\")", "m.gguf: the file is truncated", "download") {
        try put("GGUF\u{3}\0\0\0", $0 + "/m.gguf")
    },
    BadInput("a GGUF file for JSON", "read_json(\"{here}/m.gguf\")", "is a GGUF file", "load(\"{here}/m.gguf\")") {
        try put("GGUF\u{3}\0\0\0", $0 + "/m.gguf")
    },
    BadInput("load: an LFS pointer", "load(\"{here}/names.txt\")", "Git LFS pointer", "git lfs pull") {
        try put(pointer, $0 + "/names.txt")
    },
    BadInput("load: a web page", "load(\"{here}/names.txt\")", "is a web page", "download the file again") {
        try put(page, $0 + "/names.txt")
    },
    BadInput("load: a configuration", "load(\"{here}/config.json\")", "describes a model", "the folder that it lies in")
    { try put("{}", $0 + "/config.json") },
    BadInput("load: a script", "load(\"{here}/x.lethe\")", "is a script", ":load") {
        try put("x = 1", $0 + "/x.lethe")
    },
    BadInput("load: a link to nothing", "load(\"{here}/m\")", "is a link to `elsewhere`, which is not there") {
        try link($0 + "/m", to: "elsewhere")
    },
    BadInput(
        "load: nothing in the home folder", "load(\"~/no-such-model\")", "no-such-model", "`~` is the home folder"),
    BadInput("load: an empty path", "load(\"\")", "is an empty path"),
    BadInput("load: a path with a NUL", "load(\"x\\u{0}y\")", "holds a NUL character"),
    .checkpoint("an LFS pointer for weights", "model.safetensors: this is a Git LFS pointer", "git lfs pull") {
        try put(pointer, $0 + "/model.safetensors")
    },
    .checkpoint("a web page for weights", "model.safetensors: this is a web page") {
        try put(page, $0 + "/model.safetensors")
    },
    .checkpoint("a web page for a configuration", "config.json: this is a web page") {
        try put(page, $0 + "/config.json")
    },
    .checkpoint(
        "a link to nothing for weights", "model.safetensors: this is a link to ../blobs/0, which is not there", "cp -L"
    ) {
        try FileManager.default.removeItem(atPath: $0 + "/model.safetensors")
        try link($0 + "/model.safetensors", to: "../blobs/0")
    },
    .checkpoint("a link to nothing for a configuration", "config.json: this is a link to x, which is not there") {
        try FileManager.default.removeItem(atPath: $0 + "/config.json")
        try link($0 + "/config.json", to: "x")
    },
    .checkpoint(
        "parts without their index", "model-00001-of-00002.safetensors in this folder, a part of a checkpoint",
        "model.safetensors.index.json"
    ) {
        try FileManager.default.moveItem(
            atPath: $0 + "/model.safetensors", toPath: $0 + "/model-00001-of-00002.safetensors")
    },
    BadInput(
        "load: an adapter", "load(\"{here}/a\")", "holds an adapter (peft) of the model base/model",
        "base=load("
    ) {
        try FileManager.default.createDirectory(atPath: $0 + "/a", withIntermediateDirectories: false)
        try put(#"{"peft_type": "LORA", "base_model_name_or_path": "base/model"}"#, $0 + "/a/adapter_config.json")
    },
    BadInput("load: a folder around a model", "load(\"{here}\")", "one in {here}/checkpoint-3") {
        try FileManager.default.createDirectory(atPath: $0 + "/checkpoint-3", withIntermediateDirectories: false)
        try put("{}", $0 + "/checkpoint-3/config.json")
    },
    BadInput("a folder for a file", "read_tensors(\"{here}/m\")", "a folder with a model", "{here}/m/model.safetensors")
    {
        try FileManager.default.createDirectory(atPath: $0 + "/m", withIntermediateDirectories: false)
        try put("{}", $0 + "/m/config.json")
    },
    BadInput("a device", "read_text(\"/dev/zero\")", "/dev/zero: this is a device"),
    BadInput("a device for JSON", "read_json(\"/dev/zero\")", "/dev/zero: this is a device"),
    BadInput("a device for tensors", "read_tensors(\"/dev/urandom\")", "/dev/urandom: this is a device"),
    BadInput("a notebook", ":load {here}/x.ipynb", "is a Jupyter notebook", "lethe export x.ipynb --lethe") {
        try put(#"{"cells": [], "nbformat": 4}"#, $0 + "/x.ipynb")
    },
    BadInput("UTF-16", "read_json(\"{here}/a.json\")", "text in UTF-16", "UTF-8") {
        try put([0xFF, 0xFE, 0x7B, 0, 0x7D, 0], $0 + "/a.json")
    },
    BadInput("UTF-16 without a mark", "read_csv(\"{here}/a.csv\")", "text in UTF-16", "iconv") {
        try put(Array("a,b\n1,2\n".utf16.flatMap { [UInt8($0 & 0xFF), 0] }), $0 + "/a.csv")
    },
    BadInput("UTF-32", "read_text(\"{here}/a\")", "text in UTF-32") {
        try put([0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0], $0 + "/a")
    },
    BadInput("Latin-1", "read_text(\"{here}/a\")", "line 2 holds bytes that are no characters", "iconv") {
        try put([0x61, 10, 0xE9, 0x20], $0 + "/a")
    },
    BadInput("a Parquet file", "read_csv(\"{here}/a.csv\")", "a Parquet file", "to_csv") {
        try put("PAR1\0\0\0\0", $0 + "/a.csv")
    },
    BadInput("a compressed file", "read_json(\"{here}/a.json\")", "compressed with gzip", "gunzip a.json") {
        try put([0x1F, 0x8B, 8, 0], $0 + "/a.json")
    },
    BadInput(
        "a pointer for JSON lines", "tofu(\"{here}\", forget=\"forget01\")", "forget01.json: this is a Git LFS pointer"
    ) { try put(pointer, $0 + "/forget01.json") },
    BadInput(
        "TOFU without what is retained", "tofu(\"{here}\", forget=\"forget01\")", "neither full.json nor retain99.json"
    ) {
        try put("{\"question\": \"a\", \"answer\": \"b\"}\n", $0 + "/forget01.json")
    },
    BadInput(
        "a name with a space that nobody sees", "v\u{200B} = 1", "this invisible character has no meaning here",
        "U+200B"),
    BadInput("a wide space", "v\u{3000}= 1", "a space of another kind (U+3000)"),

    // Numbers.
    BadInput(
        "a whole number that no double holds", "read_json(\"{here}/a.json\")",
        "a.json:2:8: the whole number 9007199254740993"
    ) { try put("{\n \"id\": 9007199254740993}", $0 + "/a.json") },
    BadInput(
        "a whole number of many digits", "read_json(\"{here}/a.json\")",
        "a.json:1:2: the whole number 123456789012345678901"
    ) { try put("[123456789012345678901]", $0 + "/a.json") },
    BadInput(
        "a place that JSON cannot hold", "write_json((log=[(loss=1), (loss=nan)], name=\"run\"), \"{here}/x.json\")",
        "`log[1].loss` is nan, which JSON cannot hold"),
    BadInput(
        "a tensor that JSON cannot hold", "write_json((w=tensor([[1, 2], [inf, 1]])), \"{here}/x.json\")",
        "`w[1][0]` is inf"),
    BadInput("an 8-bit float", "read_tensors(\"{here}/t\").f + 1", "`f` is stored as F8_E4M3, which is not read here") {
        try put(tensors(#"{"f":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}}"#, [1, 2]), $0 + "/t")
    },
    BadInput(
        "a whole number that is lost", "read_tensors(\"{here}/t\").i + 1", "`i` holds 18446744073709551615 at element 0"
    ) {
        try put(
            tensors(
                #"{"i":{"dtype":"U64","shape":[1],"data_offsets":[0,8]}}"#, [255, 255, 255, 255, 255, 255, 255, 255]),
            $0 + "/t")
    },
    BadInput(
        "a label of -1", "batch([[1, 2, 3]], labels=[[-100, -1, 3]])", "row 0 has the label -1 at position 1", "-100"),
    BadInput("a mask with a hole", "batch([[1, 2, 3]], mask=[[1, 0, 1]])", "zeros only before or after"),
    BadInput("a mask of zeros", "batch([[1, 2, 3]], mask=[[0, 0, 0]])", "all padding"),
    BadInput("a harmonic mean", "harmonic_mean([1, -1])", "holds -1 at index 1, which is below 0"),

    // Places that are not to be written.
    BadInput("a protected file", "write_json(1, \"{here}/x.json\")", "write-protected", "chmod u+w") {
        try put("1", $0 + "/x.json")
        try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: $0 + "/x.json")
    },
    BadInput("a link in a circle", "write_json(1, \"{here}/x\")", "leads back to itself") {
        try link($0 + "/x", to: "x")
    },
    BadInput(
        "a link to nowhere for a model", "save(gpt(5, layers=1, width=8), \"{here}/m\")",
        "is a link to nowhere, which is not there"
    ) { try link($0 + "/m", to: "nowhere") },
]
