import FreshetCore
import FreshetTestKit
import Testing

@testable import FreshetServer

@Suite struct `Refusal log` {
    @Test func `lets a burst pass, then a trickle, and says how much it left out`() {
        let captured = CapturedLog()
        let clock = ManualClock()
        let log = RefusalLog(logger: captured.logger, capacity: 3, perSecond: 1, now: clock.now)
        func refuse(_ count: Int) {
            for _ in 0..<count {
                log.note(status: 404, reason: "path", company: nil, sender: nil, requestID: "r", now: clock.now)
            }
        }
        refuse(10)
        #expect(captured.lines.count == 3)
        clock.advance(by: .seconds(1))
        refuse(2)
        #expect(captured.lines.count == 4)
        #expect(captured.lines[3].contains("suppressed=7"))
        clock.advance(by: .seconds(3600))
        refuse(10)
        #expect(captured.lines.count == 7)
    }
}
