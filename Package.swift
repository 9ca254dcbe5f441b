// swift-tools-version:6.2
import PackageDescription

// The targets are listed in the order of the river: a webhook enters at the top and an answer leaves at the bottom.
// Arrows point one way: everything may use Core, nothing uses a sibling, and only the executables see all of it.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// The vector kernels are optimised in debug builds, too: tests scan real blocks with them.
let kernelSettings: [CSetting] = [.unsafeFlags(["-O3"])]

let core: Target.Dependency = "FreshetCore"
let system: Target.Dependency = "FreshetSystem"
let testKit: Target.Dependency = "FreshetTestKit"
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let hummingbird: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
]
let tls: [Target.Dependency] = [
    .product(name: "HummingbirdTLS", package: "hummingbird", condition: .when(traits: ["TLS"])),
    .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"])),
]

let package = Package(
    name: "freshet",
    platforms: [.macOS(.v15)],
    products: [

    ],
    traits: [
        .trait(name: "TLS", description: "Let the listener speak TLS itself (compiles BoringSSL)."),
        .default(enabledTraits: []),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin.git", from: "1.5.0"),
    ],
    targets: [
        .executableTarget(
            name: "freshet",
            dependencies: [
                core, system, "FreshetServer", "FreshetEngine", "FreshetAdapters", "FreshetStore", "FreshdeskSimulator",
                logging, metrics, coreMetrics, lifecycle, unixSignals, argumentParser,
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Yams", package: "Yams"),
            ], swiftSettings: settings),
        .target(
            name: "FreshetServer", dependencies: [core, logging, metrics, coreMetrics, lifecycle] + hummingbird + tls,
            swiftSettings: settings),
        .target(
            name: "FreshetEngine", dependencies: [core, "FreshetDocuments", logging, coreMetrics, lifecycle],
            swiftSettings: settings),
        .target(name: "FreshetDocuments", dependencies: [core, system], swiftSettings: settings),
        .target(
            name: "FreshetAdapters", dependencies: [core, system, "CVectors", logging, metrics, coreMetrics],
            swiftSettings: settings),
        .target(name: "FreshetStore", dependencies: [core, system, grdb], swiftSettings: settings),
        .target(name: "FreshetCore", swiftSettings: settings),
        .target(name: "FreshetSystem", dependencies: ["CCurl", "CCrypto"], swiftSettings: settings),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CVectors", cSettings: kernelSettings),

        // A help desk to try all this against. It shares nothing with the connector but the wire.
        .target(
            name: "FreshdeskSimulator", dependencies: [system, logging, lifecycle] + hummingbird,
            swiftSettings: settings),
        .executableTarget(
            name: "freshdesk-simulator",
            dependencies: ["FreshdeskSimulator", logging, lifecycle, unixSignals, argumentParser],
            swiftSettings: settings),
        .executableTarget(
            name: "freshet-bench",
            dependencies: [
                core, system, "FreshetServer", "FreshetEngine", "FreshetDocuments", "FreshetAdapters", "FreshetStore",
                "FreshdeskSimulator", testKit, logging, metrics, coreMetrics, lifecycle, argumentParser, grdb,
            ] + hummingbird, swiftSettings: settings),
        // The whole river on one thread and virtual time, with everything failing that can.
        .executableTarget(
            name: "freshet-simulation",
            dependencies: [
                core, system, "FreshetEngine", "FreshetDocuments", "FreshetAdapters", "FreshetStore", logging,
                coreMetrics, lifecycle, argumentParser, grdb,
            ], swiftSettings: settings),
        .target(
            name: "FreshetTestKit", dependencies: [core, system], path: "Tests/FreshetTestKit",
            swiftSettings: settings),
        .testTarget(name: "FreshetCoreTests", dependencies: [core, testKit], swiftSettings: settings),
        .testTarget(name: "FreshetSystemTests", dependencies: [system, testKit], swiftSettings: settings),
        .testTarget(
            name: "FreshetDocumentsTests", dependencies: [core, system, "FreshetDocuments", testKit],
            swiftSettings: settings),
        .testTarget(
            name: "FreshetStoreTests",
            dependencies: [
                core, system, "FreshetStore", testKit, grdb, .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "FreshetAdaptersTests",
            dependencies: [
                core, system, "FreshetAdapters", "FreshetDocuments", "FreshetStore", "FreshdeskSimulator", testKit,
                logging,
            ], swiftSettings: settings),
        .testTarget(
            name: "FreshetEngineTests",
            dependencies: [
                core, system, "FreshetEngine", "FreshetDocuments", "FreshetServer", "FreshetStore", "FreshetAdapters",
                "FreshdeskSimulator", testKit, logging, coreMetrics, lifecycle,
            ], swiftSettings: settings),
        .testTarget(
            name: "FreshetServerTests",
            dependencies: [core, system, "FreshetServer", testKit, logging, metrics, coreMetrics, lifecycle],
            swiftSettings: settings),
        .testTarget(
            name: "FreshdeskSimulatorTests", dependencies: [system, "FreshdeskSimulator", testKit],
            swiftSettings: settings),
        .testTarget(
            name: "FreshetSimulationTests", dependencies: [testKit, "freshet-simulation"], swiftSettings: settings),
        .testTarget(
            name: "FreshetTests",
            dependencies: [core, system, "FreshetServer", testKit, "freshet", "freshdesk-simulator", grdb],
            swiftSettings: settings),
    ]
)
