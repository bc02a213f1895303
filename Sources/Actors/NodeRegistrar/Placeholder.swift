enum NodeRegistrarPlaceholder {}
