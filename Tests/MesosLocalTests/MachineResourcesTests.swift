import Mesos
import Testing

@testable import MesosLocal

@Suite struct MachineResourcesTests {
    @Test func whatIsNotNamedIsWhatTheMachineHas() throws {
        let detected = MesosResources.plain(cpus: 2, memory: 1024, disk: 10, ports: [31000...32000])
        let resources = MachineResources.completed(try MachineResources.parse("cpus:8;mem:4096"), by: detected)
        #expect(resources.cpus == 8 && resources.memory == 4096 && resources.disk == 10 && resources.ports == [31000...32000])
        #expect(MachineResources.completed(nil, by: detected) == detected)
    }
}
