/// Numbers in as few bytes as they need, seven bits a byte, the lowest first; all bytes but a number's last have the highest
/// bit set (https://en.wikipedia.org/wiki/LEB128).
enum SevenBits {
    static func append(_ number: UInt, to bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// The number that begins at `place`, which moves behind it; what is cut off is read as far as it goes.
    @inline(__always)
    static func number(in bytes: UnsafeBufferPointer<UInt8>, at place: inout Int) -> UInt {
        var number: UInt = 0
        var shift: UInt = 0
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            number |= UInt(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        return number
    }
}
