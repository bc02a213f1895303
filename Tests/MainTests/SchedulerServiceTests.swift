import JSON
import Testing

@testable import kmd

@Suite struct SchedulerServiceTests {
    let wanted = SchedulerService(address: "10.0.0.1", port: 10251, clusterIP: nil)

    func written(_ writes: [SchedulerService.Write]) -> (service: JSONValue?, endpoints: JSONValue?) {
        var (service, endpoints): (JSONValue?, JSONValue?)
        for write in writes {
            switch write {
            case .createService(let object), .updateService(let object): service = object
            case .createEndpoints(let object), .updateEndpoints(let object): endpoints = object
            case .deleteEndpoints: break
            }
        }
        return (service, endpoints)
    }

    @Test func aNewClusterGetsTheServiceAndItsEndpoints() throws {
        let (service, endpoints) = written(wanted.writes(service: nil, endpoints: nil))
        #expect(service?.at("metadata", "name")?.string == "k8sm-scheduler")
        #expect(service?.at("metadata", "namespace")?.string == "default")
        #expect(service?.at("spec", "selector") == nil)
        #expect(service?.at("spec", "ports")?.array?.first?["port"]?.integer == 10251)
        let subset = try #require(endpoints?["subsets"]?.array?.first)
        #expect(subset["addresses"]?.array?.first?["ip"]?.string == "10.0.0.1")
        #expect(subset["ports"]?.array?.first?["port"]?.integer == 10251)
    }

    @Test func whatIsRightIsLeftAlone() {
        let (service, endpoints) = written(wanted.writes(service: nil, endpoints: nil))
        #expect(wanted.writes(service: service, endpoints: endpoints) == [])
    }

    @Test func aNewLeadersAddressReplacesTheOldOne() {
        let (service, endpoints) = written(wanted.writes(service: nil, endpoints: nil))
        let next = SchedulerService(address: "10.0.0.2", port: 20251, clusterIP: nil)
        let after = written(next.writes(service: service, endpoints: endpoints))
        #expect(after.service == nil)
        #expect(after.endpoints?["subsets"]?.array?.first?["addresses"]?.array?.first?["ip"]?.string == "10.0.0.2")
        #expect(after.endpoints?["subsets"]?.array?.first?["ports"]?.array?.first?["port"]?.integer == 20251)
    }

    @Test func aServiceThatWasChangedIsRepairedAndKeepsItsAddress() {
        var service = written(wanted.writes(service: nil, endpoints: nil)).service ?? .null
        service.set("10.10.10.7", at: "spec", "clusterIP")
        service.set(["app": "mine"], at: "spec", "selector")
        let repaired = written(wanted.writes(service: service, endpoints: nil)).service
        #expect(repaired?.at("spec", "selector")?.object?.isEmpty == true)
        #expect(repaired?.at("spec", "clusterIP")?.string == "10.10.10.7")
    }

    @Test(arguments: ["127.0.0.1", "127.1.2.3", "0.0.0.0", "::1", "::", "localhost", "1.2.3"])
    func anAddressThatOthersCannotReachIsNoEndpoint(address: String) {
        let service = SchedulerService(address: address, port: 1, clusterIP: nil)
        #expect(written(service.writes(service: nil, endpoints: nil)).endpoints == nil)
        #expect(service.writes(service: written(service.writes(service: nil, endpoints: nil)).service, endpoints: ["subsets": []]) == [.deleteEndpoints])
    }

    @Test func theClusterIPThatTheUserChoseIsAskedFor() {
        let service = SchedulerService(address: "10.0.0.1", port: 1, clusterIP: "10.10.10.113")
        #expect(written(service.writes(service: nil, endpoints: nil)).service?.at("spec", "clusterIP")?.string == "10.10.10.113")
    }
}
