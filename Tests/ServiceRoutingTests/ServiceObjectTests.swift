import JSON
import ServiceRouting
import Testing

@Suite struct ServiceObjectTests {
    @Test func `A service is read with its addresses, ports, affinity and policies`() throws {
        let json: JSONValue = [
            "metadata": ["name": "web", "namespace": "prod"],
            "spec": [
                "type": "LoadBalancer", "clusterIP": "10.10.10.7", "clusterIPs": ["10.10.10.7", "fd00::7"], "externalIPs": ["192.0.2.1"],
                "ports": [["name": "http", "port": 80, "nodePort": 30080, "protocol": "TCP"], ["name": "dns", "port": 53, "protocol": "UDP"]],
                "sessionAffinity": "ClientIP", "sessionAffinityConfig": ["clientIP": ["timeoutSeconds": 60]],
                "externalTrafficPolicy": "Local", "internalTrafficPolicy": "Cluster",
            ],
            "status": ["loadBalancer": ["ingress": [["ip": "192.0.2.9"], ["ip": "192.0.2.10", "ipMode": "Proxy"], ["hostname": "x"]]]],
        ]
        let service = try #require(Service(json: json))
        #expect(service.key == ServiceKey("prod", "web"))
        #expect(service.clusterIPs == [address("10.10.10.7")])
        #expect(service.externalIPs == [address("192.0.2.1")] && service.ingressIPs == [address("192.0.2.9")])
        #expect(service.ports.map(\.nodePort) == [30080, 0] && service.ports.map(\.transport) == [.tcp, .udp])
        #expect(service.affinitySeconds == 60 && service.isExternalLocal && !service.isInternalLocal)
    }

    @Test(arguments: [("None", "ClusterIP"), ("", "ClusterIP"), ("10.10.10.5", "ExternalName"), ("fd00::1", "ClusterIP")])
    func `A service without a cluster address of its own has nothing to route`(ip: String, type: String) throws {
        let service = try #require(makeService(ip: ip, type: type))
        #expect(service.clusterIPs.isEmpty)
        #expect(ServiceFragment(service, [slice(ready: ["10.244.0.2"])], .test).isEmpty)
    }

    @Test(arguments: ["web\n", "we b", "a;b", "Web", "", "web}", String(repeating: "a", count: 64)])
    func `A name that could be more than a name in a rule is no service`(name: String) {
        #expect(makeService(name) == nil)
    }

    @Test(arguments: ["10.0.0.256", "10.0.0", "10.0.0.1.2", "010.0.0.1", "10.0.0.1 ", "10.0.0.+1", "", "1.2.3.x", "1..2.3"])
    func `What is not exactly an IPv4 address is none`(text: String) { #expect(IPv4Address(text) == nil) }

    @Test func `A range holds its addresses and no others`() throws {
        let range = try #require(IPv4Range("10.10.10.77/24"))
        #expect("\(range)" == "10.10.10.0/24" && range.contains(address("10.10.10.255")) && !range.contains(address("10.10.11.0")))
        #expect(IPv4Range("0.0.0.0/0")?.contains(address("255.1.2.3")) == true)
        for wrong in ["10.0.0.0/33", "10.0.0.0", "10.0.0.0/-1", "10.0.0.0/+8", "x/8", "10.0.0.0/8/8"] { #expect(IPv4Range(wrong) == nil) }
    }

    @Test func `Endpoints of a slice follow their conditions, and unknown ones are taken as ready`() throws {
        let json: JSONValue = [
            "metadata": ["name": "web-x", "namespace": "default", "labels": ["kubernetes.io/service-name": "web"]], "addressType": "IPv4",
            "ports": [["name": "", "port": 8080, "protocol": "TCP"], ["port": 99999]],
            "endpoints": [
                ["addresses": ["10.244.0.2"]], ["addresses": ["10.244.0.3"], "conditions": ["ready": false, "serving": true, "terminating": true]],
                ["addresses": []], ["addresses": ["bad"]],
            ],
        ]
        let slice = try #require(EndpointSlice(json: json))
        #expect(slice.service == ServiceKey("default", "web") && slice.ports.map(\.port) == [8080])
        #expect(slice.endpoints.map(\.isReady) == [true, false] && slice.endpoints.map(\.isTerminating) == [false, true])
    }

    @Test(arguments: ["IPv6", "FQDN"])
    func `A slice of other addresses is left alone`(type: String) {
        let json: JSONValue = ["metadata": ["name": "a", "namespace": "b", "labels": ["kubernetes.io/service-name": "web"]], "addressType": .string(type)]
        #expect(EndpointSlice(json: json) == nil)
    }

    @Test func `Containers are told of their namespace's services as kubelet tells them, and of the API server always`() throws {
        let kubernetes = try #require(
            Service(json: [
                "metadata": ["name": "kubernetes", "namespace": "default"],
                "spec": ["clusterIP": "10.10.10.1", "ports": [["name": "https", "port": 443, "protocol": "TCP"]]],
            ]))
        let redis = try #require(
            Service(json: [
                "metadata": ["name": "redis-master", "namespace": "shop"],
                "spec": ["clusterIP": "10.10.10.3", "ports": [["port": 6379, "protocol": "TCP"], ["name": "m-x", "port": 9000, "protocol": "UDP"]]],
            ]))
        let all = ServiceVariables.variables([kubernetes, redis], namespace: "shop", links: true)
        #expect(
            all.map { "\($0.name)=\($0.value)" } == [
                "KUBERNETES_PORT=tcp://10.10.10.1:443", "KUBERNETES_PORT_443_TCP=tcp://10.10.10.1:443", "KUBERNETES_PORT_443_TCP_ADDR=10.10.10.1",
                "KUBERNETES_PORT_443_TCP_PORT=443", "KUBERNETES_PORT_443_TCP_PROTO=tcp", "KUBERNETES_SERVICE_HOST=10.10.10.1",
                "KUBERNETES_SERVICE_PORT=443", "KUBERNETES_SERVICE_PORT_HTTPS=443", "REDIS_MASTER_PORT=tcp://10.10.10.3:6379",
                "REDIS_MASTER_PORT_6379_TCP=tcp://10.10.10.3:6379", "REDIS_MASTER_PORT_6379_TCP_ADDR=10.10.10.3",
                "REDIS_MASTER_PORT_6379_TCP_PORT=6379", "REDIS_MASTER_PORT_6379_TCP_PROTO=tcp", "REDIS_MASTER_PORT_9000_UDP=udp://10.10.10.3:9000",
                "REDIS_MASTER_PORT_9000_UDP_ADDR=10.10.10.3", "REDIS_MASTER_PORT_9000_UDP_PORT=9000", "REDIS_MASTER_PORT_9000_UDP_PROTO=udp",
                "REDIS_MASTER_SERVICE_HOST=10.10.10.3", "REDIS_MASTER_SERVICE_PORT=6379", "REDIS_MASTER_SERVICE_PORT_M_X=9000",
            ])
        let without = ServiceVariables.variables([kubernetes, redis], namespace: "shop", links: false)
        #expect(without.map(\.name).allSatisfy { $0.hasPrefix("KUBERNETES_") } && without.count == 8)
        #expect(ServiceVariables.variables([redis], namespace: "default", links: true).isEmpty)
    }
}
