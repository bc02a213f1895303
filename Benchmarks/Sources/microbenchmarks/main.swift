// Prints what the hot paths cost: CPU per operation (compare this), time per operation, operations per second.
report("operation", "CPU (user + kernel)", "time each", "rate")
try await storeBenchmarks()
try await cacheBenchmarks()
try await schedulerStateBenchmarks()
