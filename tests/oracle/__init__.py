"""What a trace must say, found without bytecode and without `sys.monitoring`."""
