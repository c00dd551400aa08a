/** The head of a response while it can be changed; names are compared without case. */
export interface PatchableHead {
  readonly status: number
  get(name: string): string | undefined
  set(name: string, value: string): void
}

/** Changes the head of a response, when it is final; a second time must change nothing more. */
export type HeadPatch = (head: PatchableHead) => void

const patches = new WeakMap<object, HeadPatch[]>()

/**
 * Declares a patch of the response that `exchange` (a request, a response, a context) stands for.
 * The cache heeds it wherever in the chain it was declared: a `Vary` outside of the cache must not
 * be overlooked inside. Says whether it is the first.
 */
export function declarePatch(exchange: object, patch: HeadPatch): boolean {
  const declared = patches.get(exchange)
  declared?.push(patch)
  if (declared === undefined) patches.set(exchange, [patch])
  return declared === undefined
}

/** Applies what has been declared so far. */
export function applyPatches(exchange: object, head: PatchableHead): void {
  for (const patch of patches.get(exchange) ?? []) patch(head)
}

export function patchableOf({ status, headers }: Response): PatchableHead {
  return {
    status,
    get: (name) => headers.get(name) ?? undefined,
    set: (name, value) => headers.set(name, value),
  }
}
