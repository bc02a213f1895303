import HTTPKit
import KubeAPI

/// What a path and a method ask for. Pure: made from the path alone.
enum Route: Sendable {
    case root
    case apiVersions
    case apiGroups
    case apiGroup(String)
    case apiResources(group: String, version: String)
    case version
    /// `/healthz`, `/livez`, `/readyz`, with the name of one check below it if there is one.
    case health(endpoint: String, check: String?)
    case metrics
    case openAPIv2
    case resource(ResourceTarget)
    /// `POST …/bindings`: a Binding that names its pod in its own metadata.
    case bindings(namespace: String)
    /// The API of Kubernetes' first year: what stands after `/api/v1beta1/`.
    case legacy([String])
    /// 404 with a `Status`.
    case noSuchResource
    /// 404 as plain text: a group that is not served.
    case noSuchPage
    /// 404 with the list of paths.
    case unknownPath
}

/// A resource of the registry, as a path names it.
struct ResourceTarget: Sendable {
    let kind: ResourceKind
    /// `nil` for cluster-scoped kinds, and for a namespaced kind in all namespaces.
    let namespace: String?
    /// `nil` for a collection.
    let name: String?
    let subresource: String?

    var storeKey: String { kind.storeKey(namespace: namespace ?? "", name: name ?? "") }
}

extension Route {
    init(_ request: HTTPRequest, in registry: Registry) {
        let segments = request.pathSegments
        switch segments.first {
        case nil: self = .root
        case "api": self = Route.core(segments.dropFirst(), request, registry)
        case "apis": self = Route.groups(segments.dropFirst(), request, registry)
        case "version": self = segments.count == 1 ? .version : .unknownPath
        case "healthz", "livez", "readyz":
            self = segments.count > 2 ? .unknownPath : .health(endpoint: segments[0], check: segments.count == 2 ? segments[1] : nil)
        case "metrics": self = segments.count == 1 ? .metrics : .unknownPath
        case "openapi": self = segments.count == 2 && segments[1] == "v2" ? .openAPIv2 : .unknownPath
        default: self = .unknownPath
        }
    }

    private static func core(_ rest: ArraySlice<String>, _ request: HTTPRequest, _ registry: Registry) -> Route {
        guard let version = rest.first else { return .apiVersions }
        if version == Legacy.version { return .legacy(Array(rest.dropFirst())) }
        guard version == "v1", !request.hasEmptySegments else { return .noSuchResource }
        if rest.count == 1 { return .apiResources(group: "", version: version) }
        return resource(rest.dropFirst(), group: "", version: version, registry)
    }

    private static func groups(_ rest: ArraySlice<String>, _ request: HTTPRequest, _ registry: Registry) -> Route {
        guard let group = rest.first else { return .apiGroups }
        guard registry.groups.contains(group) else { return .noSuchPage }
        if rest.count == 1 { return .apiGroup(group) }
        let version = rest[rest.startIndex + 1]
        guard registry.serves(group: group, version: version), !request.hasEmptySegments else { return .noSuchResource }
        if rest.count == 2 { return .apiResources(group: group, version: version) }
        return resource(rest.dropFirst(2), group: group, version: version, registry)
    }

    /// `PLURAL[/NAME[/SUB]]`, or `namespaces/NS/PLURAL[/NAME[/SUB]]`.
    private static func resource(_ rest: ArraySlice<String>, group: String, version: String, _ registry: Registry) -> Route {
        if rest.first == "namespaces", rest.count >= 3 {
            let (namespace, plural) = (rest[rest.startIndex + 1], rest[rest.startIndex + 2])
            if group.isEmpty, rest.count == 3, let kind = registry.kind(group: group, version: version, plural: "namespaces"),
                kind.subresource(plural) != nil || plural == "finalize"
            {
                return .resource(ResourceTarget(kind: kind, namespace: nil, name: namespace, subresource: plural))
            }
            if group.isEmpty, plural == "bindings", rest.count == 3 { return .bindings(namespace: namespace) }
            guard let kind = registry.kind(group: group, version: version, plural: plural), kind.isNamespaced else { return .noSuchResource }
            return target(kind, namespace: namespace, rest.dropFirst(3))
        }
        guard let plural = rest.first, let kind = registry.kind(group: group, version: version, plural: plural) else {
            return .noSuchResource
        }
        if kind.isNamespaced, rest.count > 1 { return .noSuchResource }
        return target(kind, namespace: nil, rest.dropFirst())
    }

    private static func target(_ kind: ResourceKind, namespace: String?, _ rest: ArraySlice<String>) -> Route {
        let subresource = rest.count > 1 ? rest.last : nil
        guard rest.count <= 2, subresource.map({ kind.subresource($0) != nil }) ?? true else { return .noSuchResource }
        return .resource(ResourceTarget(kind: kind, namespace: namespace, name: rest.first, subresource: subresource))
    }
}
