import type { CacheEvent } from '../../src/contracts/events.ts'
import { StoreError } from '../../src/kernel/errors.ts'
import { BusServer } from './bus-server.ts'
import { type Change, Checker, type Question } from './checker.ts'
import { Claims } from './claims.ts'
import { Dice } from './dice.ts'
import { disturb } from './faults.ts'
import { Network } from './network.ts'
import { Peer, start } from './peer.ts'
import { type Profile, type Setup, setupOf } from './profile.ts'
import { StoreServer } from './store-server.ts'
import { Timeline } from './timeline.ts'

const tagsOf: Readonly<Record<string, readonly string[]>> = { a: ['t'], b: ['t', 'u'], c: ['u'] }
const keys: readonly string[] = Object.keys(tagsOf)

/** Milliseconds, simulated: the most that a load takes, */
const longestLoad = 8_000
/** that a verb takes beside loads: several answers that are just in time, and one deadline, */
const longestVerb = 4_000
/** until the store is used again by all, once nothing is wrong any more, */
const recovery = 8_000
/** and until nobody trusts what it learned before. */
const trustEnds = 61_000

class LoaderError extends Error {}

/** Processes, a store, a bus and a database under one chance: what happens is decided by the seed. */
export class World {
  readonly checker: Checker
  readonly #profile: Profile
  readonly #setup: Setup
  readonly #dice: Dice
  readonly #timeline: Timeline
  readonly #network: Network
  readonly #store: StoreServer
  readonly #bus: BusServer
  readonly #claims: Claims
  readonly #peers: Peer[] = []
  readonly #rows = new Map<string, number>(keys.map((key) => [key, 1]))
  /** Calls that have not ended yet, and what to do when their process is gone. */
  readonly #calls = new Set<{
    readonly peer: Peer
    readonly what: string
    readonly at: number
    readonly longest: number
  }>()
  readonly #loading = new Set<{ readonly peer: Peer; readonly giveUp: () => void }>()
  readonly #history: string[] | undefined
  #writing: Change | undefined
  #called = 0

  constructor(profile: Profile, seed: number, history?: string[]) {
    this.#profile = profile
    this.#setup = setupOf(profile, seed)
    this.#history = history
    const dice = new Dice(seed)
    this.#dice = dice
    const timeline = new Timeline(dice)
    this.#timeline = timeline
    const network = new Network(this.#setup.processes)
    this.#network = network
    const checker = new Checker(network, this.#setup, () => timeline.now)
    this.checker = checker
    this.#claims = new Claims(() => timeline.now)
    const note = (line: () => string) => this.#note(line)
    this.#store = new StoreServer({
      timeline,
      dice,
      network,
      note,
      clock: { now: () => start + timeline.now, schedule: (ms, run) => timeline.after(ms, run) },
      onApply: (peer, operation, names) => checker.applied(peer, operation, names),
    })
    this.#bus = new BusServer({
      timeline,
      dice,
      network,
      note,
      onPublish: (peer, message) => checker.published(peer, message),
      onDeliver: (...delivery) => checker.delivered(...delivery),
      onSubscribe: (peer) => {
        peer.subscribedAt = timeline.now
      },
    })
    for (let place = 0; place < this.#setup.processes; place++) this.#peers.push(this.#begin(place))
  }

  /** Lets everything happen, then looks whether all agree. */
  async run(): Promise<void> {
    const { length, steps, faults, patient } = this.#setup
    this.#note(() => `setup  ${JSON.stringify(this.#setup)}`)
    for (let step = 0; step < steps; step++) this.#plan(length, () => this.#step())
    for (let fault = 0; fault < faults; fault++) this.#plan(length, () => this.#disturb(length))
    await this.#timeline.until(length)
    this.#note(() => 'all    that went wrong is over')
    await this.#timeline.until(length + recovery)
    for (const peer of this.#peers) {
      if (!peer.settled) this.checker.violation(`${peer.name} does not use the store again`)
    }
    if (patient) await this.#timeline.until(length + trustEnds + longestLoad)
    await this.#expectAgreement(patient)
    this.#expectEnded()
  }

  /** Some of what happens comes in bursts. */
  #plan(length: number, act: () => void): void {
    const burst = this.#dice.below(4) * 0.25 * length
    const delay = this.#dice.percent(50) ? this.#dice.below(length) : burst + this.#dice.below(60)
    this.#timeline.after(Math.min(delay, length - 1), act)
  }

  #step(): void {
    const peer = this.#dice.pick(this.#peers)
    if (!peer.alive) return
    const key = this.#dice.pick(keys)
    const kind = this.#dice.below(100)
    if (kind < 50) this.#getOrSet(peer, key)
    else if (kind < 62) this.#lookup(peer, key)
    else if (kind < 68) for (const one of this.#peers) this.#add(one)
    else this.#change(peer, key)
  }

  #change(peer: Peer, key: string): void {
    const verbs = ['delete', 'invalidate', 'clear', 'set', 'set', 'delete'] as const
    const wanted = this.#dice.pick(verbs)
    const verb = wanted === 'set' && !this.#setup.sets ? 'delete' : wanted
    // Applications that write the same row at once get what they ask for; here they take turns.
    if (this.#setup.sets && this.#writing !== undefined) return
    const tag = this.#dice.pick(['t', 'u'])
    const touched =
      verb === 'clear'
        ? keys
        : verb === 'invalidate'
          ? keys.filter((one) => tagsOf[one]?.includes(tag))
          : [key]
    const versions = new Map<string, number>()
    for (const one of touched) {
      const version = (this.#rows.get(one) ?? 0) + 1
      this.#rows.set(one, version)
      versions.set(one, version)
    }
    const name = verb === 'clear' ? '\0' : verb === 'invalidate' ? tag : key
    const change: Change = {
      by: peer,
      verb,
      versions,
      name,
      startedAt: this.#timeline.now,
      applied: false,
      effectiveAt: Infinity,
    }
    this.#writing = change
    this.checker.begin(change)
    const cleared = verb === 'clear' ? this.#claims.clearBegins() : undefined
    const what = `${verb} ${name} (${[...versions].map((row) => row.join('=')).join(' ')})`
    const done = this.#call<unknown>(peer, what, longestVerb, () => this.#make(change))
    void done.then(() => {
      if (this.#writing === change) this.#writing = undefined
      this.checker.resolved(change)
      // Otherwise it will be made good some time later.
      if (peer.settled) cleared?.()
    })
  }

  /** Where the store can be out of reach, several may be told that they were the first. */
  #add(peer: Peer): void {
    const from = this.#timeline.now
    const added = this.#call(peer, 'add', longestVerb, () =>
      peer.cache.add('claim', peer.name, { ttl: null }).catch(rejectedByStore),
    )
    void added.then((first) => {
      if (!first || this.#profile.store) return
      const wrong = this.#claims.won(peer, from)
      if (wrong !== undefined) this.checker.violation(wrong)
    })
  }

  #make({ by: { cache }, verb, name, versions }: Change): Promise<unknown> {
    const { ttl, staleWhileRevalidate } = this.#setup
    if (verb === 'delete') return cache.delete(name)
    if (verb === 'clear') return cache.clear()
    if (verb === 'invalidate') return cache.invalidate(name)
    const tags = tagsOf[name] ?? []
    return cache.set(name, versions.get(name), { tags, ttl, staleWhileRevalidate })
  }

  #getOrSet(peer: Peer, key: string): Promise<number | undefined> {
    const { ttl, staleWhileRevalidate, leaseWait } = this.#setup
    const late = this.#dice.percent(20)
    const tags = tagsOf[key] ?? []
    const { memoryReads, joined } = peer
    // One load may turn out to be outdated for who asked, and is followed by another.
    const longest = Math.min(leaseWait, 2 * longestLoad) + 2 * longestLoad + longestVerb
    let question: Question | undefined
    let land: (() => void) | undefined
    const answer = this.#call(peer, `getOrSet ${key}`, longest, () => {
      // Its question is known before its loader can run: the first pause comes before that.
      const call = peer.cache.getOrSet<number>(
        key,
        async (context) => {
          const version = await this.#load(question as Question)
          if (late) context.tags = tags
          return version
        },
        { ttl, staleWhileRevalidate, ...(!late && { tags }) },
      )
      const inMemory = peer.memoryReads > memoryReads
      const tier = inMemory ? 'memory' : peer.joined > joined ? 'joined' : 'flight'
      question = this.checker.ask(peer, key, tier)
      if (tier === 'flight') land = this.checker.takeOff(question)
      return call.finally(() => land?.())
    })
    return answer.then((value) => {
      if (question !== undefined) this.checker.answered(question, value)
      return value
    })
  }

  #lookup(peer: Peer, key: string): void {
    const asked = (['memory', 'flight'] as const).map((tier) => this.checker.ask(peer, key, tier))
    const [fromMemory, fromStore] = asked as [Question, Question]
    void this.#call(peer, `lookup ${key}`, longestVerb, () => peer.cache.lookup<number>(key)).then(
      (found) => {
        if (found === undefined || found.outcome === 'miss') return
        this.checker.answered(found.tier === 'memory' ? fromMemory : fromStore, found.value)
      },
    )
  }

  /** Reads the row as it is now; the answer takes its time. */
  #load(question: Question): Promise<number> {
    const { peer, key } = question
    const version = this.#rows.get(key) ?? 0
    const ends = this.checker.loadBegins(question)
    const dice = this.#dice
    const ms = dice.percent(75)
      ? dice.between(1, 60)
      : dice.between(60, dice.pick([700, 3_000, longestLoad]))
    const fails = dice.percent(8)
    this.#note(
      () => `load   ${peer.name} ${key}=${version} takes ${ms}${fails ? ' and fails' : ''}`,
    )
    return new Promise((resolve, reject) => {
      const load = { peer, giveUp: () => reject(new LoaderError('The process is gone')) }
      this.#loading.add(load)
      this.#timeline.after(ms, () => {
        if (!this.#loading.delete(load)) return
        ends()
        this.checker.loadEnds(peer, key, version, ms)
        if (fails) reject(new LoaderError('The database is down'))
        else resolve(version)
      })
    })
  }

  /** Only a loader's own error may come of it, and that in time; from a process that is gone, nothing. */
  async #call<T>(
    peer: Peer,
    what: string,
    longest: number,
    run: () => Promise<T>,
  ): Promise<T | undefined> {
    const call = { peer, what, longest, at: this.#timeline.now }
    const number = ++this.#called
    this.#note(() => `call   ${peer.name} #${number} ${what}`)
    this.#calls.add(call)
    let answer: T | undefined
    try {
      answer = await run()
    } catch (error) {
      if (!(error instanceof LoaderError))
        this.checker.violation(`${peer.name}: ${what} failed: ${error}`)
    }
    if (!peer.alive) return new Promise(() => {})
    this.#calls.delete(call)
    const took = this.#timeline.now - call.at
    this.#note(
      () =>
        `ended  ${peer.name} #${number} ${what} -> ${typeof answer === 'object' ? JSON.stringify(answer) : answer}`,
    )
    if (took > longest) this.checker.violation(`${peer.name}: ${what} took ${took} ms`)
    return answer
  }

  #disturb(end: number): void {
    const { processes } = this.#setup
    disturb(
      {
        timeline: this.#timeline,
        dice: this.#dice,
        network: this.#network,
        store: this.#store,
        bus: this.#bus,
        processes,
        note: (line) => this.#note(line),
        crash: (place) => this.#crash(place),
        end,
      },
      this.#profile,
    )
  }

  /** The process is gone with all it held; another takes its place. */
  #crash(place: number): void {
    const peer = this.#peers[place] as Peer
    peer.alive = false
    this.#store.abandon(peer)
    this.#bus.abandon(peer)
    this.checker.gone(peer)
    if (this.#writing?.by === peer) this.#writing = undefined
    for (const call of this.#calls) if (call.peer === peer) this.#calls.delete(call)
    for (const load of this.#loading) {
      if (load.peer !== peer) continue
      this.#loading.delete(load)
      load.giveUp()
    }
    this.#peers[place] = this.#begin(place)
  }

  #begin(place: number): Peer {
    return new Peer({
      name: `P${place}${'’'.repeat(this.#peers[place] ? this.#peers[place].name.length - 1 : 0)}`,
      place,
      setup: this.#setup,
      timeline: this.#timeline,
      dice: this.#dice,
      backing: (peer) => ({
        store: this.#store.connect(peer),
        bus: this.#bus.connect(peer),
        close: async () => {},
      }),
      onEvent: (peer, event) => this.#onEvent(peer, event),
    })
  }

  #onEvent(peer: Peer, event: CacheEvent): void {
    if (!peer.alive) return
    if (event.type === 'gap') {
      this.#note(() => `gap    ${peer.name} ${event.reason}`)
      this.checker.disturbed(peer)
    } else if (event.type === 'store') {
      this.#note(() => `store  ${peer.name} finds it ${event.up ? 'up' : 'down'}`)
      this.checker.disturbed(peer)
      this.checker.settled(peer)
    } else if (event.type === 'error') this.#note(() => `error  ${peer.name} ${event.error}`)
  }

  #expectEnded(): void {
    for (const { what, peer, at, longest } of this.#calls) {
      if (this.#timeline.now - at > longest) {
        this.checker.violation(`${peer.name}: ${what} of ${at} has not ended`)
      }
    }
  }

  /** Everybody is asked for everything; what is behind must be known to all by now, in a patient world. */
  async #expectAgreement(strict: boolean): Promise<void> {
    const reads: { peer: Peer; key: string; value: number | undefined }[] = []
    for (const peer of this.#peers) {
      for (const key of keys) {
        const read = { peer, key, value: undefined as number | undefined }
        reads.push(read)
        void this.#getOrSet(peer, key).then((value) => {
          read.value = value
        })
      }
    }
    await this.#timeline.until(this.#timeline.now + 3 * longestLoad)
    for (const { peer, key, value } of reads) {
      const known = this.checker.knownToAll(key)
      if (strict && value !== undefined && value < known) {
        this.checker.violation(`${peer.name} still has ${value} for ${key}, not ${known} or later`)
      }
    }
  }

  #note(line: () => string): void {
    this.#history?.push(`${String(this.#timeline.now).padStart(6)} ${line().replaceAll('\0', '*')}`)
  }
}

/** What must be atomic is not done where the store cannot do it. */
function rejectedByStore(error: unknown): undefined {
  if (!(error instanceof StoreError)) throw error
}
