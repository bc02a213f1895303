import Testing

@testable import ClusterKit

/// How guides are read and compared; what they say is tried in IntegrationTests.
@Suite struct GuideTests {
    @Test func commandsAndWhatTheyPrintAreRead() {
        let guide = Guide(
            """
            # A guide
            ```console
            $ echo a
            a
            $ cat <<EOF >file
            x = $y
            EOF
            $ km apiserver \\
              --port=8888 &
            ```
            <!-- not run: needs a cloud -->
            ```console
            $ launch
            ```
            ```yaml
            $ no command
            ```
            ```console
            $ date

            ```
            """)
        #expect(
            guide.steps == [
                Guide.Step(line: 3, command: "echo a", expected: ["a"]),
                Guide.Step(line: 5, command: "cat <<EOF >file\nx = $y\nEOF", expected: []),
                Guide.Step(line: 8, command: "km apiserver \\\n  --port=8888 &", expected: []),
                Guide.Step(line: 19, command: "date", expected: []),
            ])
        #expect(guide.skipped == ["needs a cloud"])
    }

    @Test(arguments: [
        ("nginx     1/1     Running   0          14s", "nginx 1/1   Running 0  2m3s"),
        ("pod/web-7c5ddbdf54-x2k4z created", "pod/web-6b9f8d7c55-zzqq9 created"),
        ("nginx-x2k4z 1/1", "nginx-b7b2c 1/1"),
        ("k8sm-scheduler ClusterIP 10.10.10.113 <none> 10251/TCP 1d", "k8sm-scheduler ClusterIP 10.10.10.7 <none> 10251/TCP 0s"),
        ("ready in 0.071 s", "ready in 0.5 s"),
        ("\"uid\": \"744e78d8-a4f6-422c-abbe-c98aeca1a6af\", \"resourceVersion\": 7", "\"uid\": \"00000000-a4f6-422c-abbe-c98aeca1a6af\", \"resourceVersion\": 12"),
    ])
    func whatNobodyCanKnowIsEqual(expected: String, found: String) {
        #expect(GuideOutput.difference([expected], found + "\n") == nil)
    }

    @Test(arguments: [
        ("nginx 1/1 Running", "nginx 0/1 Running"), ("kubernetes 10.10.10.1", "kubernetes 10.10.10.2"), ("Server: 10.10.10.10", "Server: 10.10.10.1"),
        ("a", ""), ("a", "a\nb"), ("nginx-abcde", "apache-abcde"),
    ])
    func whatIsOtherwiseIsToldApart(expected: String, found: String) {
        #expect(GuideOutput.difference([expected], found) != nil)
    }

    @Test func threeDotsStandForAnyLines() {
        #expect(GuideOutput.difference(["a", "...", "d"], "a\nb\nc\nd\n") == nil)
        #expect(GuideOutput.difference(["...", "d"], "d\n") == nil)
        #expect(GuideOutput.difference(["a", "..."], "a\nb\n") == nil)
        #expect(GuideOutput.difference(["a", "...", "e"], "a\nb\n") != nil)
    }
}
