/** A part of the code that is fetched when it is first needed, and by who never needs it never. */
export interface OnDemand<Part> {
  /** The part, once it is there: who finds it need not wait. */
  readonly here: Part | undefined
  /** Fetches it, once for all callers; where that failed the next caller tries again. */
  fetch(): Promise<Part>
}

export function onDemand<Part>(fetch: () => Promise<Part>): OnDemand<Part> {
  let here: Part | undefined
  let coming: Promise<Part> | undefined
  const settled = (part: Part) => {
    here = part
    return part
  }
  const failed = (error: unknown) => {
    coming = undefined
    throw error
  }
  return {
    get here() {
      return here
    },
    fetch() {
      coming ??= fetch().then(settled, failed)
      return coming
    },
  }
}
