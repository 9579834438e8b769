/// A study's means along something that was varied, for pictures.
import Language

extension ParameterType {
    package static let study = kind("a study", "studies") { $0.foreign is StudyValue }
}

extension StudyValue {
    /// A mean with the ends of its interval; for a single seed these are the mean.
    package struct Point {
        package let x, mean, low, high: Double
    }

    /// The value of a name in each variant; nil where one of them is no number.
    package func points(along name: String) -> [Double]? {
        let found = variants.compactMap { variant -> Double? in
            guard case .number(let x)? = variant.values.first(where: { $0.name == name })?.value else { return nil }
            return x
        }
        return found.count == variants.count ? found : nil
    }

    /// For each combination of what else was varied the means along a name, in its order.
    package func lines(of measure: String, along name: String) -> [(label: String, points: [Point])] {
        guard let places = points(along: name), let column = measures.firstIndex(of: measure) else { return [] }
        var lines: [(label: String, points: [Point])] = []
        for variant in variants.indices {
            let others = variants[variant].values.filter { $0.name != name }
            let label = others.map { "\($0.name)=\(StudyGrid.word(for: $0.value))" }.joined(separator: " ")
            let at = lines.firstIndex { $0.label == label } ?? lines.count
            if at == lines.count { lines.append((label, [])) }
            guard let figure = means[variant][column], figure.mean.isFinite else { continue }
            let half = figure.half.isFinite ? figure.half : 0
            lines[at].points.append(
                Point(x: places[variant], mean: figure.mean, low: figure.mean - half, high: figure.mean + half))
        }
        return lines.map { (label: $0.label, points: $0.points.sorted { $0.x < $1.x }) }
    }
}
