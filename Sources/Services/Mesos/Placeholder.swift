enum MesosPlaceholder {}
