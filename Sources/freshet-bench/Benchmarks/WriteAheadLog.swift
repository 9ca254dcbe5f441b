import Foundation

/// Counts the transactions that a SQLite file's write-ahead log received, by reading the log itself
/// (https://www.sqlite.org/fileformat2.html, section 4). What a commit wrote cannot hide from it.
struct WriteAheadLog {
    struct Growth: Equatable {
        var commits = 0
        var pages = 0
    }

    private let path: String
    private var salts: [UInt8] = []
    private var position = 0

    /// - Parameter database: the file itself; its log stands beside it.
    init(of database: String) { path = database + "-wal" }

    /// What was added since the last call.
    mutating func growth() throws -> Growth {
        guard let file = FileHandle(forReadingAtPath: path) else { return Growth() }
        defer { file.closeFile() }
        guard let header = try file.read(upToCount: Self.headerSize), header.count == Self.headerSize else {
            return Growth()
        }
        let pageSize = Int(Self.number(header, at: 8))
        let current = Array(header[16..<24])
        if current != salts {
            // The log began anew: everything in it with these salts is.
            salts = current
            position = Self.headerSize
        }
        var growth = Growth()
        while true {
            try file.seek(toOffset: UInt64(position))
            guard let frame = try file.read(upToCount: Self.frameSize), frame.count == Self.frameSize,
                Array(frame[8..<16]) == salts
            else { return growth }
            growth.pages += 1
            // The last frame of a transaction says how large the database is after it; the others say 0.
            if Self.number(frame, at: 4) != 0 { growth.commits += 1 }
            position += Self.frameSize + pageSize
        }
    }

    private static let headerSize = 32
    private static let frameSize = 24

    private static func number(_ data: Data, at offset: Int) -> UInt32 {
        data[(data.startIndex + offset)..<(data.startIndex + offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
