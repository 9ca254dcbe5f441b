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
let metrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let hummingbird: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
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
        .package(
            url: "https://github.com/apple/swift-configuration.git", from: "1.4.0", traits: [.defaults, "YAML"]),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-system.git", from: "1.8.0"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin.git", from: "1.5.0"),
    ],
    targets: [
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CVectors", cSettings: kernelSettings),
        .target(name: "FreshetCore", swiftSettings: settings),
        .target(name: "FreshetSystem", dependencies: ["CCurl", "CCrypto"], swiftSettings: settings),
        .target(name: "FreshetDocuments", dependencies: [core, system], swiftSettings: settings),
        .target(name: "FreshetServer", dependencies: [core, logging, metrics, lifecycle] + hummingbird, swiftSettings: settings),
        .target(name: "FreshetEngine", dependencies: [core, "FreshetDocuments", logging, metrics, lifecycle], swiftSettings: settings),
        .target(
            name: "FreshetAdapters", dependencies: [core, system, "CVectors", logging, metrics], swiftSettings: settings),
        .target(
            name: "FreshetStore",
            dependencies: [core, system, .product(name: "GRDB", package: "GRDB.swift")], swiftSettings: settings),
        .target(
            name: "FreshdeskSimulator", dependencies: [system, logging, lifecycle] + hummingbird, swiftSettings: settings),
        .executableTarget(
            name: "freshdesk-simulator",
            dependencies: ["FreshdeskSimulator", logging, lifecycle, argumentParser,
                .product(name: "UnixSignals", package: "swift-service-lifecycle")], swiftSettings: settings),
        .executableTarget(
            name: "freshet",
            dependencies: [
                core, system, "FreshetDocuments", "FreshetServer", "FreshetEngine", "FreshetAdapters", "FreshetStore",
                "FreshdeskSimulator", logging, metrics, lifecycle, argumentParser,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Yams", package: "Yams"),
            ], swiftSettings: settings),
        .target(name: "FreshetTestKit", dependencies: [core, system], path: "Tests/FreshetTestKit", swiftSettings: settings),
        .testTarget(name: "FreshetCoreTests", dependencies: [core, testKit], swiftSettings: settings),
        .testTarget(name: "FreshetEngineTests", dependencies: [core, "FreshetEngine", "FreshetDocuments", "FreshetStore", "FreshetAdapters", testKit, logging, metrics], swiftSettings: settings),
    ]
)
