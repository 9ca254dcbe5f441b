import Foundation
import FreshetCore

/// Secrets come from a file, standard input or a prompt without echo; never from an argument, which `ps` would show.
enum SecretInput {
    /// - Parameter path: a file; `-` for standard input; `nil` asks on the terminal.
    static func read(_ path: String?, name: String) throws -> Secret {
        let text: String
        switch path {
        case "-"?:
            text = String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self)
        case let path?:
            do {
                text = try String(contentsOfFile: path, encoding: .utf8)
            } catch {
                throw CommandFailure(
                    "cannot read the \(name) from \(path): \(error.localizedDescription)", code: ExitCodes.noInput)
            }
        case nil:
            guard isatty(STDIN_FILENO) == 1 else {
                throw CommandFailure(
                    "give the \(name) by file (or - for standard input); there is no terminal to ask on",
                    code: ExitCodes.noInput)
            }
            text = try prompt(name)
        }
        let secret = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !secret.isEmpty, secret.utf8.count <= 4096, !secret.unicodeScalars.contains(where: { $0.value < 0x20 })
        else {
            throw CommandFailure("the \(name) must be one line of text, not empty", code: ExitCodes.dataError)
        }
        return Secret(secret)
    }

    private static func prompt(_ name: String) throws -> String {
        FileHandle.standardError.write(Data("\(name): ".utf8))
        var settings = termios()
        tcgetattr(STDIN_FILENO, &settings)
        let before = settings
        settings.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
        defer {
            var before = before
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
            FileHandle.standardError.write(Data("\n".utf8))
        }
        return readLine(strippingNewline: true) ?? ""
    }
}
