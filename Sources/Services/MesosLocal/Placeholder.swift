enum MesosLocalPlaceholder {}
