interface Runtime {
  emitWarning?(message: string, options: { readonly type: string }): void
}

/** Tells whoever runs the process, where the runtime has a way: it is not for the program to hear. */
export function warn(message: string): void {
  const { process } = globalThis as { process?: Runtime }
  process?.emitWarning?.(message, { type: 'HotsetWarning' })
}
