import JSON
import RawHTTP
import Testing

@Suite(.timeLimit(.minutes(1))) struct RefusalTests {
    @Test func refusalsAreWordedAsAKubernetesServerWordsThem() async throws {
        let rows = try #require(try JSONValue(parsing: fixture("kubernetes/raw-errors.json")).array)
        #expect(rows.count > 40)
        try await withTestServer { api in
            _ = try await api.call("POST", "/api/v1/namespaces", ["metadata": ["name": "demo"]])
            try await api.createConfigMap("c1", in: "demo")
            for row in rows {
                let step = row["step"]?.integer ?? 0
                let answer = try await api.call(
                    row["method"]?.string ?? "", row["path"]?.string ?? "", text: row["body"]?.string,
                    type: row.at("headers", "Content-Type")?.string, accept: row.at("headers", "Accept")?.string)
                #expect(answer.status == Int(row["code"]?.integer ?? 0), "step \(step): \(answer.text)")
                if let text = row["text"]?.string { #expect(answer.text == text, "step \(step)") }
                guard let wanted = row["status"] else { continue }
                #expect(answer.headers["content-type"] == "application/json", "step \(step)")
                for member in ["kind", "apiVersion", "status", "reason", "details", "code"] {
                    #expect(answer.json[member] == wanted[member], "step \(step), \(member): \(answer.text)")
                }
                if let message = wanted["message"] { #expect(answer.json["message"] == message, "step \(step)") }
            }
            #expect(try await api.call("GET", "/api/v1/namespaces/demo/configmaps").names == ["c1"])
        }
    }

    @Test func aPathThatNobodyKnowsIsAnsweredWithThoseThereAre() async throws {
        try await withTestServer { api in
            for path in ["/nope", "/swagger.json", "/openapi/v3", "/healthz/nope"] {
                let answer = try await api.call("GET", path)
                #expect(answer.status == 404)
                #expect(answer.json["paths"]?.array?.contains("/api/v1") == true, "\(path)")
            }
        }
    }

    @Test func aBodyBeyondThreeMebibytesIsRefusedBeforeItIsRead() async throws {
        try await withTestServer { api in
            try await RawConnection.open(port: api.port) { connection in
                try await connection.send(
                    "POST \(TestServer.configMaps) HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 3145729\r\n\r\n")
                let answer = Answer(try await connection.readResponse())
                #expect(answer.status == 413)
                #expect(answer.reason == "RequestEntityTooLarge")
                #expect(answer.message == "Request entity too large: limit is 3145728")
            }
        }
    }

    @Test func anObjectBeyondOneMebibyteIsInvalid() async throws {
        try await withTestServer { api in
            let big = String(repeating: "x", count: (1 << 20) + 1)
            let answer = try await api.call("POST", TestServer.configMaps, ["metadata": ["name": "big"], "data": ["a": .string(big)]])
            #expect(answer.status == 422)
            #expect(answer.message.hasPrefix("ConfigMap \"big\" is invalid: []: Too long: "))
        }
    }

    @Test func whatIsNestedTooDeeplyOrRepeatsItselfIsRefused() async throws {
        try await withTestServer { api in
            let deep = String(repeating: "[", count: 100_000)
            var laughs = "a0: &a0 [x]\n"
            for level in 1...30 { laughs += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
            for (text, type) in [(deep, "application/json"), (deep, "application/yaml"), (laughs, "application/yaml")] {
                let answer = try await api.call("POST", TestServer.configMaps, text: text, type: type)
                #expect(answer.status == 400)
            }
        }
    }
}
