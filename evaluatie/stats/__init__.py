"""Pure numerics on arrays: one method a module, each citing its paper, no I/O."""
