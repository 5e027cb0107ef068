extension Value: Codable {
    private enum Kind: String, Codable {
        case null, bool, int, float, string, duration, size, percent, list, map, secret
    }

    private enum CodingKeys: String, CodingKey { case kind = "type", value }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decode(Kind.self, forKey: .kind) {
        case .null: self = .null
        case .bool: self = .bool(try container.decode(Bool.self, forKey: .value))
        case .int: self = .int(try container.decode(Int.self, forKey: .value))
        case .float: self = .float(try container.decode(Double.self, forKey: .value))
        case .string: self = .string(try container.decode(String.self, forKey: .value))
        case .duration: self = .duration(.milliseconds(try container.decode(Int.self, forKey: .value)))
        case .size: self = .size(try container.decode(Int.self, forKey: .value))
        case .percent: self = .percent(try container.decode(Double.self, forKey: .value))
        case .list: self = .list(try container.decode([Value].self, forKey: .value))
        case .map: self = .map(try container.decode([String: Value].self, forKey: .value))
        case .secret: self = .secret(reference: try container.decode(String.self, forKey: .value))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        func put(_ kind: Kind, _ value: some Encodable) throws {
            try container.encode(kind, forKey: .kind)
            try container.encode(value, forKey: .value)
        }
        switch self {
        case .null: try container.encode(Kind.null, forKey: .kind)
        case .bool(let value): try put(.bool, value)
        case .int(let value): try put(.int, value)
        case .float(let value): try put(.float, value)
        case .string(let value): try put(.string, value)
        case .duration(let value): try put(.duration, value.wholeMilliseconds)
        case .size(let value): try put(.size, value)
        case .percent(let value): try put(.percent, value)
        case .list(let value): try put(.list, value)
        case .map(let value): try put(.map, value)
        case .secret(let reference): try put(.secret, reference)
        }
    }
}
