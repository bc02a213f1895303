enum MesosProtoPlaceholder {}
