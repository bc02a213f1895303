enum CRIProtoPlaceholder {}
