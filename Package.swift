// swift-tools-version: 6.0
import PackageDescription

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
        .systemLibrary(name: "CExchange"),
        .target(name: "CKernels"),

        // The engine: a module depends only on modules above it.
        .target(name: "Tensors", dependencies: ["COpenBLAS", "CKernels"]),
        .target(name: "Autodiff", dependencies: ["Tensors", "CKernels"]),
        .target(name: "Optimizers", dependencies: ["Tensors", "CKernels"]),
        .target(
            name: "LanguageModels",
            dependencies: [
                "Autodiff", "CExchange", "CKernels", .product(name: "Collections", package: "swift-collections"),
            ]),
        .target(name: "Datasets", dependencies: ["LanguageModels"]),
        .target(name: "Curvature", dependencies: ["Datasets", "Optimizers", "CKernels"]),
        .target(name: "Unlearning", dependencies: ["Curvature", "Optimizers"]),
        .target(name: "Evaluation", dependencies: ["Unlearning"]),

        // The language, which knows nothing of the engine, and what binds the two.
        .target(
            name: "Language",
            dependencies: [.product(name: "Collections", package: "swift-collections")]),
        .target(
            name: "Vocabulary",
            dependencies: ["Language", "Evaluation", .product(name: "Collections", package: "swift-collections")],
            resources: [.copy("BuiltIn")]),
        .target(
            name: "Notebook",
            dependencies: ["Vocabulary", .product(name: "Collections", package: "swift-collections")]),
        .executableTarget(
            name: "lethe",
            dependencies: [
                "Notebook", "CReadline",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // What several test targets need: the golden data.
        .target(name: "TestSupport", path: "Tests/TestSupport"),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors", "CKernels"]),
        .testTarget(name: "OptimizersTests", dependencies: ["Optimizers", "TestSupport"]),
        .testTarget(name: "CurvatureTests", dependencies: ["Curvature", "TestSupport"]),
        .testTarget(name: "AutodiffTests", dependencies: ["Autodiff"]),
        .testTarget(name: "UnlearningTests", dependencies: ["Unlearning"]),
        .testTarget(name: "ConformanceTests", dependencies: ["Notebook", "TestSupport"]),
        .testTarget(name: "LanguageTests", dependencies: ["Language", "Vocabulary"]),
        .testTarget(name: "NotebookTests", dependencies: ["Notebook"], exclude: ["Pictures"]),
        .testTarget(name: "DatasetsTests", dependencies: ["Datasets", "TestSupport"]),
        .testTarget(name: "EvaluationTests", dependencies: ["Evaluation", "TestSupport"]),
        .testTarget(name: "LanguageModelsTests", dependencies: ["LanguageModels", "TestSupport"]),
    ],
    swiftLanguageModes: [.v6]
)
