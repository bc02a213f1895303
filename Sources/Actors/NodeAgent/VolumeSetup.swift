import Core
import KubeObjects

/// Makes a pod's volumes ready; what fails is told volume by volume in kubelet's words.
struct VolumeSetup: Sendable {
    let pod: Pod
    let node: NodeConfiguration
    let api: any PodAPI
    let volumes: any VolumePort

    func prepare() async -> (paths: [String: String], failures: [(volume: String, message: String)]) {
        var paths: [String: String] = [:]
        var failures: [(volume: String, message: String)] = []
        for volume in pod.spec.volumes {
            do { paths[volume.name] = try await path(volume) } catch { failures.append((volume.name, "\(error)")) }
        }
        return (paths, failures)
    }

    private func path(_ volume: Volume) async throws -> String {
        switch volume.source {
        case .emptyDir(let medium, let limit):
            return try await volumes.emptyDir(pod.uid, volume: volume.name, medium: medium, sizeLimit: limit?.value)
        case .hostPath(let path, let type):
            try await volumes.hostPath(path, type: type)
            return path
        case .projected(let projections, let mode):
            var files: [ProjectedFile] = []
            for projection in projections { files += try await self.files(projection, mode) }
            return try await volumes.projected(pod.uid, volume: volume.name, kind: kind(projections), files: files)
        case .unsupported(let kind): throw VolumeFailure("no volume plugin matched: \(kind) is not supported by this node")
        }
    }

    private func kind(_ projections: [Projection]) -> String {
        switch projections.count == 1 ? projections.first : nil {
        case .configMap: "kubernetes.io~configmap"
        case .secret: "kubernetes.io~secret"
        case .downwardAPI: "kubernetes.io~downward-api"
        case nil: "kubernetes.io~projected"
        }
    }

    private func files(_ projection: Projection, _ mode: Int) async throws -> [ProjectedFile] {
        switch projection {
        case .configMap(let keys): return try await files(keys, isSecret: false, mode)
        case .secret(let keys): return try await files(keys, isSecret: true, mode)
        case .downwardAPI(let items):
            return try items.map { item in
                ProjectedFile(path: item.path, contents: Array(try downward(item).utf8), mode: item.mode ?? mode)
            }
        }
    }

    private func downward(_ item: DownwardFile) throws -> String {
        switch item.source {
        case .field(let path):
            guard let value = Downward.field(path, of: pod, podIP: "", node: node) else {
                throw VolumeFailure("unsupported fieldPath: \(path)")
            }
            return value
        case .resource(let name, let resource, let divisor):
            guard let container = pod.allContainers.first(where: { $0.name == name }) else {
                throw VolumeFailure("container \(name) not found")
            }
            return Downward.resource(resource, divisor: divisor, of: container, node: node) ?? "0"
        default: return ""
        }
    }

    private func files(_ keys: KeysOf, isSecret: Bool, _ mode: Int) async throws -> [ProjectedFile] {
        let data: [String: [UInt8]]
        do {
            data = isSecret
                ? try await api.secret(namespace: pod.namespace, name: keys.name)
                : try await api.configMap(namespace: pod.namespace, name: keys.name)
        } catch {
            if keys.optional, error.kind == .notFound { return [] }
            throw VolumeFailure(error.message)
        }
        if keys.items.isEmpty {
            return data.sorted { $0.key < $1.key }.map { ProjectedFile(path: $0.key, contents: $0.value, mode: mode) }
        }
        var files: [ProjectedFile] = []
        for item in keys.items {
            guard let contents = data[item.key] else {
                if keys.optional { continue }
                throw VolumeFailure("\(isSecret ? "references non-existent secret key" : "references non-existent config key"): \(item.key)")
            }
            files.append(ProjectedFile(path: item.path, contents: contents, mode: item.mode ?? mode))
        }
        return files
    }
}
