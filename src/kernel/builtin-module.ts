interface Runtime {
  getBuiltinModule?(name: string): unknown
}

/**
 * A module that the runtime brings along, such as `node:crypto`, by the slice of it that is used;
 * `undefined` where there is none. For rooms that must also run where it is not: they import nothing.
 */
export function builtinModule<Module>(name: `node:${string}`): Module | undefined {
  const { process } = globalThis as { process?: Runtime }
  return process?.getBuiltinModule?.(name) as Module | undefined
}
