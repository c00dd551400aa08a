import type { EntryOptions } from '../contracts/cache.ts'
import { lifetimeOf, waitingTime } from '../kernel/duration.ts'
import { expectNumber, expectOptions, invalid } from '../kernel/expect.ts'

/** Entry options with every default filled in and every duration in milliseconds. */
export interface ResolvedOptions {
  /** `Infinity` for ever; 0 or less is gone at once. */
  readonly ttl: number
  readonly jitter: number
  /** 0 for none. */
  readonly sliding: number
  readonly staleWhileRevalidate: number
  readonly staleIfError: number
  readonly retryAfter: number
  /** `Infinity` for off. */
  readonly eagerRefresh: number
  readonly negativeTtl: number | undefined
  readonly tags: readonly string[]
  readonly weight: number | undefined
}

export const builtInDefaults: ResolvedOptions = {
  ttl: 300_000,
  jitter: 0,
  sliding: 0,
  staleWhileRevalidate: 0,
  staleIfError: 0,
  retryAfter: 10_000,
  eagerRefresh: Infinity,
  negativeTtl: undefined,
  tags: Object.freeze([]),
  weight: undefined,
}

const entryOptions: readonly string[] = Object.keys(builtInDefaults)
const known: Readonly<Record<'defaults' | 'write' | 'load', ReadonlySet<string>>> = {
  defaults: new Set(entryOptions),
  write: new Set([...entryOptions, 'version']),
  load: new Set([
    ...entryOptions,
    'version',
    'signal',
    'softTimeout',
    'hardTimeout',
    'refresh',
    'followed',
  ]),
}

/** `options` over `defaults`; a member that is `undefined` counts as left out. */
export function resolveEntryOptions(
  subject: keyof typeof known,
  options: EntryOptions | undefined,
  defaults: ResolvedOptions,
): ResolvedOptions {
  if (options === undefined) return defaults
  expectOptions(`${subject} options`, options, known[subject])
  const { ttl, jitter, sliding, staleWhileRevalidate, staleIfError, retryAfter } = options
  const { eagerRefresh, negativeTtl, tags, weight } = options
  return {
    ttl: ttl === undefined ? defaults.ttl : lifetimeOf('ttl', ttl),
    jitter: jitter === undefined ? defaults.jitter : expectNumber('jitter', jitter, 0, 1),
    sliding: sliding === undefined ? defaults.sliding : waitingTime('sliding', sliding),
    staleWhileRevalidate:
      staleWhileRevalidate === undefined
        ? defaults.staleWhileRevalidate
        : waitingTime('staleWhileRevalidate', staleWhileRevalidate),
    staleIfError:
      staleIfError === undefined
        ? defaults.staleIfError
        : waitingTime('staleIfError', staleIfError),
    retryAfter:
      retryAfter === undefined ? defaults.retryAfter : waitingTime('retryAfter', retryAfter),
    eagerRefresh: eagerRefresh === undefined ? defaults.eagerRefresh : share(eagerRefresh),
    negativeTtl:
      negativeTtl === undefined ? defaults.negativeTtl : lifetimeOf('negativeTtl', negativeTtl),
    tags: tags === undefined ? defaults.tags : ownTags(subject, tags),
    weight: weight === undefined ? defaults.weight : expectNumber('weight', weight, 0, Infinity),
  }
}

/** Those of the defaults are each entry's that has no others: no loader may add to them. */
function ownTags(subject: keyof typeof known, tags: unknown): readonly string[] {
  const own = expectTags(tags)
  return subject === 'defaults' ? Object.freeze(own) : own
}

const mostTags = 64
const longestTag = 512

/** Checks tags and answers them once each, in order. */
export function expectTags(tags: unknown): readonly string[] {
  if (!Array.isArray(tags)) throw invalid('tags', 'an array of strings', tags)
  if (tags.length > mostTags) throw invalid('tags', `at most ${mostTags} strings`, tags.length)
  for (const tag of tags) {
    if (typeof tag !== 'string' || tag === '' || tag.length > longestTag || tag[0] === '\0') {
      const rule = `made of strings of 1 to ${longestTag} characters that do not begin with NUL`
      throw invalid('tags', rule, tag)
    }
  }
  return tags.length < 2 ? [...tags] : [...new Set<string>(tags)]
}

function share(value: unknown): number {
  if (typeof value !== 'number' || !(value > 0 && value < 1)) {
    throw invalid('eagerRefresh', 'a number between 0 and 1, both excluded', value)
  }
  return value
}
