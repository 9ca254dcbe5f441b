import ArgumentParser
import Foundation
import FreshetCore
import FreshetServer

/// Exit codes of sysexits(3), so that scripts can tell a typing mistake from an outage.
enum ExitCodes {
    static let dataError = ExitCode(65)
    static let noInput = ExitCode(66)
    static let unavailable = ExitCode(69)
    static let software = ExitCode(70)
    static let temporary = ExitCode(75)
    static let noPermission = ExitCode(77)
    static let configuration = ExitCode(78)

    /// Says what went wrong on standard error and which code the process ends with.
    static func explaining(_ error: any Error) -> any Error {
        if error is ExitCode || error is ValidationError || error is CleanExit { return error }
        let code: ExitCode =
            switch error {
            case is SettingsError: configuration
            case ListenerError.configuration, ListenerError.certificate: configuration
            case ListenerError.cannotListen: unavailable
            case StoreError.unknownCompany, StoreError.companyExists: dataError
            case StoreError.unavailable, StoreError.retiredSlot: temporary
            case StoreError.unusable: configuration
            case let failure as CommandFailure: failure.code
            case UpstreamError.unauthorized, UpstreamError.forbidden: noPermission
            case HookFailure.upstream(.unauthorized), HookFailure.upstream(.forbidden), HookFailure.notAllowed:
                noPermission
            case is UpstreamError, is HookFailure: unavailable
            case is CancellationError: temporary
            default: software
            }
        FileHandle.standardError.write(Data("freshet: \(error)\n".utf8))
        return code
    }
}

/// A failure with a text that says what to do, and its exit code.
struct CommandFailure: Error, CustomStringConvertible {
    var description: String
    var code: ExitCode

    init(_ description: String, code: ExitCode) {
        self.description = description
        self.code = code
    }
}
