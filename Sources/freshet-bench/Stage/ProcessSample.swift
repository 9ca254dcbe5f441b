import Foundation

/// What a process holds and has used, as the kernel says in /proc.
struct ProcessSample: Sendable {
    /// VmRSS, in megabytes of 10^6 bytes.
    var residentMegabytes: Double
    /// VmHWM: the most it ever held, or since `forgetPeak`.
    var peakMegabytes: Double
    /// User and system time of all its threads, ended ones included; in steps of 10 ms.
    var processorSeconds: Double

    init?(of process: Int32) {
        guard let status = FileManager.default.contents(atPath: "/proc/\(process)/status"),
            let stat = FileManager.default.contents(atPath: "/proc/\(process)/stat")
        else { return nil }
        var resident: Double?
        var peak: Double?
        for line in String(decoding: status, as: UTF8.self).split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count == 3, let kibibytes = Double(words[1]) else { continue }
            if words[0] == "VmRSS:" { resident = kibibytes * 1024 / 1e6 }
            if words[0] == "VmHWM:" { peak = kibibytes * 1024 / 1e6 }
        }
        // The name in parentheses may hold anything; what follows it does not.
        let fields = String(decoding: stat, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
        guard let resident, let peak, fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12])
        else {
            return nil
        }
        residentMegabytes = resident
        peakMegabytes = peak
        processorSeconds = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Lets the kernel start `peakMegabytes` anew. `false` where it does not allow that.
    static func forgetPeak(of process: Int32) -> Bool {
        let file = open("/proc/\(process)/clear_refs", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return write(file, "5", 1) == 1
    }
}
