import Foundation
import FreshetTestKit
import Testing

struct ServiceProcessTests {
    /// A run of the whole suite has more than 1024 descriptors open at times; a process whose end was then overlooked
    /// hung the tests for ever.
    @Test func `a process is seen to end however many descriptors are open`() async throws {
        var limit = rlimit()
        try #require(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        try #require(limit.rlim_max >= 4096)
        limit.rlim_cur = max(limit.rlim_cur, 4096)
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        let descriptors = (0..<1100).map { _ in open("/dev/null", O_RDONLY) }
        defer { for descriptor in descriptors { close(descriptor) } }
        let highest = try #require(descriptors.max())
        try #require(highest >= 1024)

        let (status, text) = try await ServiceProcess.run("sh", ["-c", "echo said; echo complained >&2; exit 3"])
        #expect(status == 3)
        #expect(Set(text.split(separator: "\n")) == ["said", "complained"])
        #expect(try await ServiceProcess.run("sh", ["-c", "kill -9 $$"]).status == 128 + 9)
    }
}
