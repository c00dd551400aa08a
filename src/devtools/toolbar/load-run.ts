import type { LoadReport, RequestStart } from './request-report.ts'

/** One run of a loader. */
export class LoadRun {
  readonly cache: string
  readonly key: string
  /** The request that it runs for; none where it began outside of requests. */
  readonly owner: RequestStart | undefined
  #durationMs: number | undefined
  #error: string | undefined

  constructor(
    { cache, key }: { readonly cache: string; readonly key: string },
    owner: RequestStart | undefined,
  ) {
    this.cache = cache
    this.key = key
    this.owner = owner
  }

  /** `undefined` as long as it runs. */
  get durationMs(): number | undefined {
    return this.#durationMs
  }

  end(durationMs: number, failure: { readonly error?: unknown }): void {
    this.#durationMs = durationMs
    if ('error' in failure) this.#error = messageOf(failure.error)
  }

  report(): Omit<LoadReport, 'of'> {
    return { durationMs: this.#durationMs, error: this.#error }
  }
}

const longestMessage = 200

function messageOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : 'A value was thrown'
  return text.slice(0, longestMessage)
}
