import Core
import JSON

struct ConfigMapRules: ResourceRules {}
struct SecretRules: ResourceRules {}
struct ServiceAccountRules: ResourceRules { var returnsDeletedObject: Bool { true } }
struct EndpointsRules: ResourceRules {}
struct ServiceRules: ResourceRules {
    var nameFormat: NameFormat { .label1035 }
    var hasStatus: Bool { true }
}
struct NamespaceRules: ResourceRules {
    var nameFormat: NameFormat { .label }
    var hasStatus: Bool { true }
    var returnsDeletedObject: Bool { true }
}
struct NodeRules: ResourceRules { var hasStatus: Bool { true } }
struct EventRules: ResourceRules { var allowsCreateOnUpdate: Bool { true } }
struct LeaseRules: ResourceRules {
    var allowsCreateOnUpdate: Bool { true }
    var allowsUnconditionalUpdate: Bool { false }
}
struct LaunchIntentRules: ResourceRules {}
struct PodRules: ResourceRules {
    var hasStatus: Bool { true }
    var returnsDeletedObject: Bool { true }
}
