import ArgumentParser

/// Keeps a search index of a help desk's tickets as fresh as the help desk itself, and answers agents from it.
@main
struct Freshet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freshet",
        abstract: "Keeps a search index of a help desk's tickets fresh, and answers support agents from it.",
        discussion: """
            Start with `freshet demo`. For a real account: `freshet company add`, `freshet serve`, \
            `freshet reconcile`. Every command reads the same configuration (--config FILE, FRESHET_… variables) and \
            works beside a running server on the same data.
            """,
        subcommands: [
            Serve.self, Demo.self, CompanyCommand.self, ReconcileCommand.self, Status.self, Explain.self, Usage.self,
            Search.self, FeedbackCommand.self, HooksCommand.self, ModelsCommand.self, AuditCommand.self,
        ])
}

/// What every command takes.
struct CommonOptions: ParsableArguments {
    @Option(
        name: .long, help: ArgumentHelp("Configuration file (YAML); FRESHET_CONFIG does the same.", valueName: "file"))
    var config: String?
}

/// What commands with a result take.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print the result as JSON, for machines.")
    var json = false

    var console: Console { Console(asJSON: json) }
}
