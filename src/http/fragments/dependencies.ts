/** What a fragment, as it was rendered, stands on: until when, epoch milliseconds, and while which tags do. */
export interface Standing {
  readonly until: number
  readonly tags: readonly string[]
}

/** Writes what was rendered, unless `stands` answers that it is outdated by then. */
export type Write = (stands: () => boolean) => void

/** What has been put into a fragment while it is rendered. */
export class Dependencies {
  /** Of the fragment inside that ends first. */
  until: number = Infinity
  readonly tags: Set<string> = new Set()
  /** Writes that wait for the asynchronous fragment around to be kept, if there is one. */
  readonly waiting: Write[] | undefined

  constructor(waiting: Write[] | undefined) {
    this.waiting = waiting
  }

  /** The fragment `key` is inside, and with it all that is in that. */
  include(key: string, { until, tags }: Standing): void {
    this.until = Math.min(this.until, until)
    this.tags.add(key)
    for (const tag of tags) this.tags.add(tag)
  }

  /** One that was to be inside failed: what is shown in its place is not to be kept. */
  fail(): void {
    this.until = 0
  }
}
