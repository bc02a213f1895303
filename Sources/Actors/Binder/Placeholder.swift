enum BinderPlaceholder {}
