import type { BusMessage } from '../../src/core/behind/bus-message.ts'
import type { Network } from './network.ts'
import type { Peer } from './peer.ts'
import type { Setup } from './profile.ts'

/** Something that changed the database, and then told its cache. */
export interface Change {
  readonly by: Peer
  readonly verb: 'set' | 'delete' | 'invalidate' | 'clear'
  /** What was touched, and the version that it has in the database since. */
  readonly versions: ReadonlyMap<string, number>
  /** What a word on the bus about it names. */
  readonly name: string
  readonly startedAt: number
  /** The store has done it. */
  applied: boolean
  /** Since when it holds in the store for everybody; `Infinity` while it does not. */
  effectiveAt: number
}

/** One question to the cache, from when it was asked. */
export interface Question {
  readonly peer: Peer
  readonly key: string
  readonly askedAt: number
  /** What it must not be older than, by then. */
  readonly own: number
  readonly told: number
  readonly effective: readonly Change[]
  readonly tier: 'memory' | 'flight'
  /** What else had happened by then. */
  readonly order: number
}

interface RunningLoad {
  readonly peer: Peer
  readonly flightAt: number
  readonly flightOrder: number
}

/** Milliseconds: the most that a message is under way, */
const longestDelivery = 30
/** that an operation of the store takes, */
const storeTimeout = 500
/** between the last word heard and the suspicion that there are more (3 beats and the pause to the next), */
const patience = 4_000
/** that memory is trusted while the bus is not heard, and while it is. */
const shortTrust = 1_000
const longTrust = 60_000

/**
 * Judges what a world's caches answer by DESIGN's promises 1 to 3 (4 is the world's). A value is the
 * version that its row had when its load began, so a lower one than a change made is from before it.
 *
 * How long may memory be behind a change that holds in the store?
 * - in the process that made it, and wherever its word was heard, or was shown to be missing: not at all;
 * - where no message was lost: until the word has been delivered;
 * - in a process that hears nothing: until it suspects so (3 s of silence, seen at the next of its own
 *   signs of life, 1 s later at most), and for `shortTrust` and one operation of the store from the change;
 * - in any: for `longTrust`, and one operation of the store or, where that is down, one load.
 */
export class Checker {
  readonly violations: string[] = []
  /** Of the changes that hold, by key. */
  readonly #effective = new Map<string, Change[]>()
  /** Resolved, but what the store could not do has not been made good yet. */
  readonly #unproven = new Set<Change>()
  readonly #underway = new Set<Change>()
  readonly #own = new Map<Peer, Map<string, number>>()
  readonly #told = new Map<Peer, Map<string, number>>()
  readonly #claims = new Map<Peer, Map<number, ReadonlyMap<string, number>>>()
  readonly #links = new Map<string, { sequence: number; at: number; gaps: number }>()
  /** Flights that have not landed, by process and key, oldest first: the questions that began them. */
  readonly #flights = new Map<string, Set<Question>>()
  readonly #loads = new Map<string, Set<RunningLoad>>()
  /** The longest load of a version in a process. */
  readonly #loadMs = new Map<string, number>()
  /** The order of the last thing that may have made flights of a process's key, or of all's, outdated. */
  readonly #disturbed = new Map<string, number>()
  #order = 0
  readonly #network: Network
  readonly #setup: Setup
  readonly #now: () => number

  constructor(network: Network, setup: Setup, now: () => number) {
    this.#network = network
    this.#setup = setup
    this.#now = now
  }

  begin(change: Change): void {
    this.#underway.add(change)
    this.#disturbKeys(change)
  }

  /** The change has resolved: from now on its own process knows, and everybody once the store does. */
  resolved(change: Change): void {
    this.#underway.delete(change)
    this.#disturbKeys(change)
    raise(this.#own, change.by, change.versions)
    this.#unproven.add(change)
    this.settled(change.by)
  }

  /** Of changes that only the process knew of that is gone, nobody else needs to. */
  gone(peer: Peer): void {
    for (const change of [...this.#unproven, ...this.#underway]) {
      if (change.by !== peer) continue
      this.#unproven.delete(change)
      this.#underway.delete(change)
    }
    for (const loads of this.#loads.values()) {
      for (const load of loads) if (load.peer === peer) loads.delete(load)
    }
    this.#disturb('*')
  }

  /** What the process could not do in the store may have been made good. */
  settled(peer: Peer): void {
    if (!peer.settled) return
    for (const change of this.#unproven) {
      if (change.by !== peer) continue
      this.#unproven.delete(change)
      change.effectiveAt = this.#now()
      for (const key of change.versions.keys()) listIn(this.#effective, key).push(change)
    }
  }

  /** The latest version that must have become known to everybody, or 0. */
  knownToAll(key: string): number {
    return Math.max(0, ...listIn(this.#effective, key).map((change) => versionOf(change, key)))
  }

  applied(peer: Peer, operation: string, keys: readonly string[]): void {
    for (const change of this.#underway) {
      if (change.by !== peer || operation !== (change.verb === 'delete' ? 'deleteMany' : 'setMany'))
        continue
      const target = change.verb === 'set' || change.verb === 'delete' ? 'sim:1:' : 'sim:#:'
      if (keys.includes(`${target}${change.name}`)) change.applied = true
    }
  }

  published(peer: Peer, { kind, sequence, names }: BusMessage): void {
    if (kind === 'alive' || kind === 'gone') return
    const claims = new Map<string, number>()
    for (const change of this.#underway) {
      if (change.by !== peer || !change.applied || !names.includes(change.name)) continue
      for (const [key, version] of change.versions) claims.set(key, version)
    }
    const ofPeer = this.#claims.get(peer) ?? new Map()
    this.#claims.set(peer, ofPeer.set(sequence, claims))
  }

  delivered(from: Peer, to: Peer, { kind, sequence }: BusMessage, gapsBefore: number): void {
    if (from === to) return
    const name = `${from.name}>${to.name}`
    const last = this.#links.get(name)
    const claims = this.#claims.get(from)
    const isChange = kind !== 'alive' && kind !== 'gone'
    const known =
      last &&
      last.at > to.subscribedAt &&
      last.gaps === gapsBefore &&
      this.#now() - last.at <= 3_000
    // What came late or first says itself; what is shown to be missing, too, is known to have changed.
    const numbers = isChange ? [sequence] : []
    for (let number = known ? last.sequence + 1 : sequence; number < sequence; number++)
      numbers.push(number)
    if (known && sequence > last.sequence) numbers.push(sequence)
    for (const number of numbers) {
      const learned = claims?.get(number)
      if (learned) raise(this.#told, to, learned)
    }
    const before = known ? Math.max(last.sequence, sequence) : sequence
    this.#links.set(name, { sequence: before, at: this.#now(), gaps: to.gaps })
    if (isChange) this.#disturb(to.name)
  }

  /** Something made flights of the process outdated. */
  disturbed(peer: Peer): void {
    this.#disturb(peer.name)
  }

  ask(peer: Peer, key: string, tier: 'memory' | 'flight' | 'joined'): Question {
    const [flight] = setIn(this.#flights, `${peer.name} ${key}`)
    const joined = tier === 'joined' ? (flight?.effective ?? []) : undefined
    return {
      peer,
      key,
      askedAt: this.#now(),
      own: this.#own.get(peer)?.get(key) ?? 0,
      told: this.#told.get(peer)?.get(key) ?? 0,
      // Who joined a flight is answered by what was so when that took off.
      effective: joined ?? [...listIn(this.#effective, key)],
      tier: tier === 'memory' ? 'memory' : 'flight',
      order: this.#order++,
    }
  }

  /** A flight takes off; answers what is to be called when it has landed. */
  takeOff(question: Question): () => void {
    const flights = setIn(this.#flights, `${question.peer.name} ${question.key}`)
    flights.add(question)
    return () => void flights.delete(question)
  }

  answered(question: Question, value: number | undefined): void {
    const { peer, key, own, told, tier } = question
    if (value === undefined) return
    const judge = (rule: string, version: number) => {
      if (value < version) this.#violation(question, value, version, rule)
    }
    judge('its own change', own)
    judge('a change that it was told of', told)
    const loadMs = this.#loadMs.get(`${peer.name} ${key} ${value}`) ?? 0
    for (const change of question.effective) {
      const version = versionOf(change, key)
      if (value >= version) continue
      const rule =
        tier === 'flight' ? 'read through the store' : this.#overdue(question, change, loadMs)
      if (rule !== undefined) judge(rule, version)
    }
  }

  /** A load begins, of the flight that began with that question. */
  loadBegins({ peer, key, askedAt, order }: Question): () => void {
    const loads = setIn(this.#loads, key)
    const load = { peer, flightAt: askedAt, flightOrder: order }
    if (this.#setup.staleWhileRevalidate === 0) {
      for (const other of loads) this.#expectOneLoad(key, load, other)
    }
    loads.add(load)
    return () => void loads.delete(load)
  }

  loadEnds(peer: Peer, key: string, version: number, ms: number): void {
    const name = `${peer.name} ${key} ${version}`
    this.#loadMs.set(name, Math.max(ms, this.#loadMs.get(name) ?? 0))
  }

  violation(text: string): void {
    this.violations.push(`at ${this.#now()}: ${text}`)
  }

  /** By which rule memory should have known of the change by then, if by any. */
  #overdue({ peer, askedAt }: Question, change: Change, loadMs: number): string | undefined {
    const network = this.#network
    const late = askedAt - change.effectiveAt
    if (late > longTrust + storeTimeout + loadMs) return 'memory was trusted for too long'
    const since = Math.min(change.startedAt, askedAt) - longestDelivery
    const undisturbed = [peer, change.by].every(
      ({ place }) => !network.disturbed('bus', place, since, askedAt),
    )
    if (undisturbed && peer.subscribedAt < change.startedAt && late > longestDelivery) {
      return 'its word was delivered'
    }
    const cutSince = network.busCutSince(peer.place, askedAt)
    const suspected =
      askedAt > cutSince + longestDelivery + patience || peer.subscribedAt === Infinity
    if (suspected && late > shortTrust + storeTimeout + loadMs) return 'the bus was not heard'
    return undefined
  }

  #expectOneLoad(key: string, load: RunningLoad, other: RunningLoad): void {
    const here = other.peer === load.peer
    const places = here ? [load.peer] : [load.peer, other.peer]
    const names = ['*', ...places.map(({ name }) => name), here ? `${load.peer.name} ${key}` : key]
    if ([...this.#underway].some(({ versions }) => versions.has(key))) return
    const since = Math.min(load.flightOrder, other.flightOrder)
    if (names.some((name) => (this.#disturbed.get(name) ?? -1) > since)) return
    if (here) {
      this.violation(`${load.peer.name} loads ${key} twice at once`)
      return
    }
    const { skews, leaseWait } = this.#setup
    const now = this.#now()
    const quiet = places.every(
      (peer) =>
        peer.settled &&
        !this.#network.disturbed(
          'store',
          peer.place,
          Math.min(load.flightAt, other.flightAt) - 2 * storeTimeout,
          now,
        ),
    )
    if (!quiet || skews.some((skew) => skew !== 0) || leaseWait < 30_000) return
    this.violation(`${load.peer.name} loads ${key} while ${other.peer.name} does`)
  }

  #disturbKeys({ by, versions }: Change): void {
    for (const key of versions.keys()) {
      this.#disturb(key)
      this.#disturb(`${by.name} ${key}`)
    }
  }

  #disturb(name: string): void {
    this.#disturbed.set(name, this.#order++)
  }

  #violation({ peer, key, askedAt, tier }: Question, value: number, version: number, rule: string) {
    const from = tier === 'memory' ? 'memory' : 'a flight'
    this.violation(
      `${peer.name}, asked for ${key} at ${askedAt}, answered ${value} from ${from}, not ${version} or later: ${rule}`,
    )
  }
}

function versionOf(change: Change, key: string): number {
  return change.versions.get(key) ?? 0
}

function raise(
  floors: Map<Peer, Map<string, number>>,
  peer: Peer,
  versions: ReadonlyMap<string, number>,
): void {
  const floor = floors.get(peer) ?? new Map<string, number>()
  floors.set(peer, floor)
  for (const [key, version] of versions) floor.set(key, Math.max(version, floor.get(key) ?? 0))
}

function listIn<T>(lists: Map<string, T[]>, name: string): T[] {
  const list = lists.get(name) ?? []
  lists.set(name, list)
  return list
}

function setIn<T>(sets: Map<string, Set<T>>, name: string): Set<T> {
  const set = sets.get(name) ?? new Set()
  sets.set(name, set)
  return set
}
