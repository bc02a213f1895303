enum ActorKitPlaceholder {}
