import Testing

@testable import kmd

@Suite struct CloudConfigTests {
    @Test func theGuidesFileIsRead() throws {
        let config = try CloudConfig("[mesos-cloud]\n        mesos-master        = 10.0.0.1:5050\n")
        #expect(config.mesosMaster == "10.0.0.1:5050")
        #expect(config.httpClientTimeout == .seconds(10))
        #expect(config.stateCacheTTL == .seconds(5))
    }

    @Test func allKeysCommentsQuotesAndLineEndsAreRead() throws {
        let text = """
            ; where Mesos is\r
            [mesos-cloud]   # the only section\r
            mesos-master = "zk://a:2181,b:2181/mesos;x"\r
            http-client-timeout=1m30s\r
            state-cache-ttl = 500ms ; short

            """
        let config = try CloudConfig(text)
        #expect(config.mesosMaster == "zk://a:2181,b:2181/mesos;x")
        #expect(config.httpClientTimeout == .seconds(90))
        #expect(config.stateCacheTTL == .milliseconds(500))
    }

    @Test func anEmptyFileMeansTheDefaults() throws { #expect(try CloudConfig("") == CloudConfig()) }

    @Test(arguments: [
        ("[mesos-cloud]\nmesos-mastr = a:1", "line 2: Unknown key 'mesos-mastr'. Did you mean 'mesos-master'?"),
        ("[mesos]\n", "line 1: Unknown section 'mesos'."),
        ("mesos-master = a:1", "line 1: 'mesos-master = a:1' comes before the section"),
        ("[mesos-cloud]\nmesos-master", "line 2: 'mesos-master' is not KEY = VALUE"),
        ("[mesos-cloud]\nmesos-master =", "line 2: mesos-master is empty"),
        ("[mesos-cloud]\nstate-cache-ttl = 5", "line 2: state-cache-ttl: '5' is no duration"),
        ("[mesos-cloud]\nhttp-client-timeout = -1s", "line 2: http-client-timeout: '-1s' is no duration"),
        ("[mesos-cloud", "line 1: '[mesos-cloud' is no section"),
    ])
    func whatIsWrongIsNamedWithItsLine(text: String, words: String) {
        #expect { try CloudConfig(text) } throws: { "\($0)".hasPrefix(words) }
    }

    @Test(arguments: [
        ("10s", Duration.seconds(10)), ("1h2m3s", .seconds(3723)), ("1.5s", .milliseconds(1500)), ("0", .zero), ("250us", .microseconds(250)),
    ])
    func durationsAreReadAsGoWritesThem(text: String, duration: Duration) { #expect(GoDuration.parse(text) == duration) }

    @Test(arguments: ["", "s", "1", "1x", "1 s", "..s", "9999999h9999999h", "1e9s"])
    func whatIsNoDurationIsNone(text: String) { #expect(GoDuration.parse(text) == nil) }
}
