import FreshetCore
import FreshetSystem

/// Reads vectors out of an answer: in the order of the texts, of the right length, at unit length.
enum EmbeddingPayload {
    static func vectors(_ value: JSONValue, count: Int, dimensions: Int) throws(ModelFault) -> [[Float]] {
        guard let data = value.at("data")?.elements else { throw .malformed(path: "data") }
        guard data.count == count else { throw .malformed(path: "data: \(data.count) of \(count) vectors") }
        var vectors = [[Float]?](repeating: nil, count: count)
        for (place, element) in data.enumerated() {
            // The order is the server's; servers that do not number their answers keep ours.
            let index = element.at("index")?.integer ?? place
            guard vectors.indices.contains(index), vectors[index] == nil else {
                throw .malformed(path: "data[\(place)].index")
            }
            let path = "data[\(place)].embedding"
            let vector = try numbers(element.at("embedding"), path)
            guard vector.count == dimensions else {
                throw .malformed(path: "\(path): \(vector.count) numbers instead of \(dimensions)")
            }
            vectors[index] = try normalised(vector, path)
        }
        return vectors.compactMap(\.self)
    }

    /// Base64 of little-endian float32, or plain numbers from a server that knows nothing else.
    private static func numbers(_ value: JSONValue?, _ path: String) throws(ModelFault) -> [Float] {
        switch value {
        case .string(let text)?:
            guard let bytes = Base64.decode(text), bytes.count.isMultiple(of: 4) else { throw .malformed(path: path) }
            return stride(from: 0, to: bytes.count, by: 4).map { start in
                let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
                return Float(bitPattern: bits)
            }
        case .array(let elements)?:
            var numbers: [Float] = []
            for element in elements {
                switch element {
                case .integer(let value): numbers.append(Float(value))
                case .number(let value): numbers.append(Float(value))
                default: throw .malformed(path: path)
                }
            }
            return numbers
        default: throw .malformed(path: path)
        }
    }

    private static func normalised(_ vector: [Float], _ path: String) throws(ModelFault) -> [Float] {
        let square = vector.reduce(0.0) { $0 + Double($1) * Double($1) }
        guard square.isFinite, square > 0 else { throw .malformed(path: "\(path): no direction") }
        let scale = 1 / square.squareRoot()
        return vector.map { Float(Double($0) * scale) }
    }
}
