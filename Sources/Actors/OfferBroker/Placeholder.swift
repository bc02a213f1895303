enum OfferBrokerPlaceholder {}
