// swift-tools-version: 6.0
import PackageDescription

let collections: Target.Dependency = .product(name: "Collections", package: "swift-collections")

let package = Package(
    name: "lethe",
    products: [.executable(name: "lethe", targets: ["lethe"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
    ],
    targets: [
        // System libraries and C, each as small as it can be.
        .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CReadline", providers: [.apt(["libreadline-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CExchange"),
        .systemLibrary(name: "CProcess"),
        .target(name: "CKernels"),

        // The engine: a module depends only on modules above it.
        .target(name: "Files", dependencies: ["CExchange", collections]),
        .target(name: "Settings"),
        .target(name: "Tensors", dependencies: ["COpenBLAS", "CKernels", "CProcess"]),
        .target(name: "Autodiff", dependencies: ["Tensors", "CKernels"]),
        .target(name: "Optimizers", dependencies: ["Settings", "Tensors", "Autodiff", "CKernels"]),
        .target(name: "Tokenizers", dependencies: ["Files", collections]),
        .target(
            name: "LanguageModels",
            dependencies: ["Autodiff", "Tensors", "Files", "Tokenizers", "CKernels", collections]),
        .target(name: "Datasets", dependencies: ["Files", "Tokenizers"]),
        .target(
            name: "Curvature",
            dependencies: ["Settings", "Tensors", "Autodiff", "LanguageModels", "Datasets", "CKernels"]),
        .target(
            name: "Unlearning",
            dependencies: ["Settings", "Tensors", "Autodiff", "Optimizers", "LanguageModels", "Datasets", "Curvature"]),
        .target(
            name: "Evaluation",
            dependencies: [
                "Settings", "Tensors", "Autodiff", "Optimizers", "Tokenizers", "LanguageModels", "Datasets",
                "Unlearning", "CZlib",
            ]),

        // The language, which knows nothing of the engine, and what binds the two.
        .target(name: "Language", dependencies: [collections]),
        .target(name: "StandardLibrary", dependencies: ["Language"]),
        .target(
            name: "Vocabulary",
            dependencies: [
                "Language", "StandardLibrary", "Files", "Settings", "Tensors", "Autodiff", "Optimizers", "Tokenizers",
                "LanguageModels", "Datasets", "Curvature", "Unlearning", "Evaluation", collections,
            ],
            resources: [.copy("BuiltIn")]),
        .target(
            name: "Plots", dependencies: ["Language", "StandardLibrary", "Vocabulary", "Evaluation", "Unlearning"]),
        .target(
            name: "Notebook",
            dependencies: ["Language", "StandardLibrary", "Vocabulary", "Plots", "Files", "Tensors", collections]),
        .target(
            name: "Protocols", dependencies: ["Notebook", "Vocabulary", "Language", "Tensors", "Files"]),
        .target(name: "Formatting", dependencies: ["Language", "Notebook"]),
        .target(
            name: "LanguageServer",
            dependencies: ["Formatting", "Notebook", "Vocabulary", "Language", "Files"]),
        .executableTarget(
            name: "lethe",
            dependencies: [
                "Notebook", "Protocols", "Formatting", "LanguageServer", "CReadline", "CZlib",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // What several test targets need: the golden data, and ranks that are threads.
        .target(name: "TestSupport", dependencies: ["Tensors"], path: "Tests/TestSupport"),
        // What Scripts/fuzz runs.
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "Notebook", "Formatting", "Vocabulary", "Language", "Tensors",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Fuzz", exclude: ["Found"]),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors", "CKernels", "TestSupport"]),
        .testTarget(name: "AutodiffTests", dependencies: ["Autodiff", "Tensors"]),
        .testTarget(
            name: "OptimizersTests", dependencies: ["Optimizers", "Settings", "Tensors", "Autodiff", "TestSupport"]),
        .testTarget(
            name: "LanguageModelsTests",
            dependencies: ["LanguageModels", "Files", "Tokenizers", "Autodiff", "Tensors", "TestSupport"]),
        .testTarget(
            name: "DatasetsTests", dependencies: ["Datasets", "Files", "Tokenizers", "LanguageModels", "TestSupport"]),
        .testTarget(
            name: "CurvatureTests",
            dependencies: ["Curvature", "Settings", "LanguageModels", "Autodiff", "Tensors", "TestSupport"]),
        .testTarget(
            name: "UnlearningTests",
            dependencies: [
                "Unlearning", "Settings", "Optimizers", "LanguageModels", "Datasets", "Curvature", "Autodiff",
                "Tensors", "TestSupport",
            ]),
        .testTarget(
            name: "EvaluationTests",
            dependencies: ["Evaluation", "Files", "Settings", "LanguageModels", "Datasets", "Tensors", "TestSupport"]),
        .testTarget(name: "LanguageTests", dependencies: ["Language", "StandardLibrary", "Vocabulary", "TestSupport"]),
        .testTarget(
            name: "NotebookTests",
            dependencies: [
                "Notebook", "StandardLibrary", "Plots", "Files", "Unlearning", "LanguageModels", "TestSupport",
            ],
            exclude: ["Pictures"]),
        .testTarget(name: "ProtocolsTests", dependencies: ["Protocols", "Tensors"]),
        .testTarget(name: "FormattingTests", dependencies: ["Formatting", "Language", "TestSupport"]),
        .testTarget(
            name: "ConformanceTests",
            dependencies: [
                "Notebook", "Vocabulary", "Language", "Evaluation", "Unlearning", "Curvature", "Datasets",
                "LanguageModels", "Tokenizers", "Optimizers", "Autodiff", "Tensors", "Files", "Settings", "CKernels",
                "TestSupport",
            ]),
    ],
    swiftLanguageModes: [.v6]
)

// Lethe on several machines needs an MPI: only where LETHE_MPI is set, as `Scripts/mpi` does.
if Context.environment["LETHE_MPI"] != nil {
    package.targets += [
        .systemLibrary(name: "CMPI", pkgConfig: "mpi-c", providers: [.apt(["libopenmpi-dev"])]),
        .target(name: "MessagePassing", dependencies: ["Tensors", "CMPI"]),
    ]
    for target in package.targets where target.name == "lethe" {
        target.dependencies.append("MessagePassing")
        target.swiftSettings = [.define("LETHE_MPI")]
    }
}

// The Jupyter kernel needs libzmq and swift-crypto, which nothing else does: it belongs to the package only where
// LETHE_KERNEL is set, as `Scripts/kernel` does. A package trait would do without the variable, but it defines a flag
// for every module, and so builds all of them twice.
if Context.environment["LETHE_KERNEL"] != nil {
    package.products.append(.executable(name: "lethe-kernel", targets: ["lethe-kernel"]))
    package.dependencies.append(.package(url: "https://github.com/apple/swift-crypto", "3.12.0"..<"5.0.0"))
    package.targets += [
        .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
        .target(
            name: "Jupyter",
            dependencies: [
                "Protocols", "Notebook", "Language", "Files", .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .executableTarget(
            name: "lethe-kernel",
            dependencies: [
                "Jupyter", "Protocols", "Tensors", "CZeroMQ",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .testTarget(name: "JupyterTests", dependencies: ["Jupyter", "Files", "TestSupport"]),
    ]
}
