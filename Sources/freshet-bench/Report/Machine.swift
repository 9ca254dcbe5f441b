import Foundation

/// The machine that the figures are from.
struct Machine: Encodable, Sendable {
    var cores: Int
    var processor: String
    var memoryGigabytes: Double
    var kernel: String
    var build: String
    var swift: String
    /// Of the folder that is written to.
    var fileSystem: String
    /// Median of single appends of 4 KiB, each with its fdatasync: what a durable commit cannot beat.
    var syncMicroseconds: Double
    /// Share of the last ten seconds in which something waited for a processor, in percent; `nil` where unknown.
    var pressure: Double?
    var measuredAt: String

    static let isDebugBuild: Bool = {
        #if DEBUG
            true
        #else
            false
        #endif
    }()

    /// - Parameter folder: where the measurements will write.
    static func describe(_ folder: URL) -> Machine {
        let information = ProcessInfo.processInfo
        return Machine(
            cores: information.activeProcessorCount, processor: processorName ?? "unknown",
            memoryGigabytes: Double(information.physicalMemory) / 1e9,
            kernel: firstLine("/proc/sys/kernel/osrelease") ?? "unknown",
            build: isDebugBuild ? "DEBUG: times mean nothing" : "release", swift: swiftVersion,
            fileSystem: fileSystem(of: folder.path), syncMicroseconds: syncTime(in: folder),
            pressure: processorPressure,
            measuredAt: ISO8601DateFormatter().string(from: Date()))
    }

    var text: String {
        """
        machine  \(cores) cores, \(processor), \(Number.text((memoryGigabytes * 10).rounded() / 10)) GB, Linux \(kernel)
        build    \(build), Swift \(swift)
        disk     \(fileSystem), one 4 KiB append with fdatasync takes \(Number.text(syncMicroseconds)) µs
        others   \(pressure.map { "something waited for a processor in \(Number.text($0)) % of the last ten seconds" } ?? "unknown")
        when     \(measuredAt)
        """
    }

    private static var swiftVersion: String {
        #if compiler(>=6.4)
            "6.4 or later"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }

    private static func lines(_ path: String) -> [Substring] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: "\n")
    }

    private static func firstLine(_ path: String) -> String? { lines(path).first.map(String.init) }

    private static var processorName: String? {
        lines("/proc/cpuinfo").first { $0.hasPrefix("model name") }?
            .split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
    }

    /// `some avg10=1.23 …`
    private static var processorPressure: Double? {
        guard let line = firstLine("/proc/pressure/cpu"), let start = line.range(of: "avg10=") else { return nil }
        return Double(line[start.upperBound...].prefix { $0 != " " })
    }

    /// The type of the mount that holds `path`: the one with the longest prefix.
    private static func fileSystem(of path: String) -> String {
        let mounts = lines("/proc/self/mounts").map { $0.split(separator: " ") }.filter { $0.count > 2 }
        let holding = mounts.filter { path == $0[1] || path.hasPrefix($0[1] == "/" ? "/" : $0[1] + "/") }
        return holding.max { $0[1].count <= $1[1].count }.map { String($0[2]) } ?? "unknown"
    }

    private static func syncTime(in folder: URL) -> Double {
        let path = folder.appendingPathComponent("sync-probe").path
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return .nan }
        defer {
            close(file)
            unlink(path)
        }
        let page = [UInt8](repeating: 7, count: 4096)
        let times = (0..<200).compactMap { _ -> Double? in
            let start = ContinuousClock.now
            guard write(file, page, page.count) == page.count, fdatasync(file) == 0 else { return nil }
            return (ContinuousClock.now - start).microseconds
        }
        return times.median
    }
}
