import type { Clock } from '../../contracts/clock.ts'
import type { Bytes, StoreUsage } from '../../contracts/store.ts'
import { StoreError } from '../../kernel/errors.ts'
import { deletes, gets, lines, sets, statistics } from './commands.ts'
import { Connection } from './connection.ts'
import { Discovery } from './discovery.ts'
import type {
  MemcachedClient,
  MemcachedItem,
  MemcachedOutcome,
  MemcachedRemoval,
  MemcachedWrite,
} from './memcached-client.ts'
import { chosen, hashOf } from './rendezvous.ts'
import type { Reply } from './reply-reader.ts'
import { type Connect, nameOf, type ServerAddress } from './server-address.ts'

interface MetaClientOptions {
  readonly addresses: readonly ServerAddress[]
  /** Whether the keys of a server that is down belong to others meanwhile. */
  readonly failover: boolean
  /** Whether the addresses are those of a cluster that tells its nodes. */
  readonly discover: boolean
  readonly connect: Connect
  readonly clock: Clock
}

interface Node {
  readonly address: ServerAddress
  readonly seed: number
  readonly connection: Connection
}

/** Speaks the meta protocol of Memcached 1.6 with one server or many, on one connection each. */
export class MetaClient implements Required<MemcachedClient> {
  readonly keys = 'any'
  readonly #options: MetaClientOptions
  readonly #discovery: Discovery | undefined
  readonly #endpoints: readonly Connection[]
  #nodes: readonly Node[] = []

  constructor(options: MetaClientOptions) {
    this.#options = options
    const { addresses, discover, clock } = options
    this.#endpoints = discover ? addresses.map((address) => this.#connection(address)) : []
    if (!discover) this.#adopt(addresses)
    else {
      this.#discovery = new Discovery(
        () => [...this.#endpoints, ...this.#nodes.map(({ connection }) => connection)],
        (found) => this.#adopt(found),
        clock,
      )
    }
  }

  get(keys: readonly string[]): Promise<(Bytes | undefined)[]> {
    return this.#spread(keys, itself, async (connection, share) =>
      (await connection.run(gets(share, false))).map(bytesOf),
    )
  }

  gets(keys: readonly string[]): Promise<(MemcachedItem | undefined)[]> {
    return this.#spread(keys, itself, async (connection, share) => {
      const replies = await connection.run(gets(share, true))
      return replies.map((reply) => {
        const value = bytesOf(reply)
        return value && { value, cas: reply.cas }
      })
    })
  }

  set(writes: readonly MemcachedWrite[]): Promise<MemcachedOutcome[]> {
    return this.#spread(writes, keyOf, async (connection, share) => {
      // What is known to be too large is not sent to be told so.
      const limit = connection.itemLimit
      const fitting = share.filter(({ value }) => value.length <= limit)
      const replies = await connection.run(sets(fitting))
      let answered = 0
      return share.map(({ value }) =>
        value.length <= limit ? outcomeOf(replies[answered++] as Reply) : 'refused',
      )
    })
  }

  delete(removals: readonly MemcachedRemoval[]): Promise<boolean[]> {
    return this.#spread(removals, keyOf, async (connection, share) => {
      const replies = await connection.run(deletes(share))
      return replies.map((reply) => outcomeOf(reply) === 'done')
    })
  }

  async usage(): Promise<StoreUsage> {
    await this.#discovery?.ready()
    const told = await Promise.all(
      this.#nodes.map(async ({ connection }) => statistics(await connection.run(lines('stats')))),
    )
    const sum = (name: string) => told.reduce((total, one) => total + Number(one.get(name)), 0)
    return { entries: sum('curr_items'), bytes: sum('bytes'), maxBytes: sum('limit_maxbytes') }
  }

  async close(): Promise<void> {
    this.#discovery?.close()
    const nodes = this.#nodes.map(({ connection }) => connection)
    await Promise.all([...this.#endpoints, ...nodes].map((connection) => connection.close()))
  }

  /** Each server is asked for its share at once; one that fails makes all fail. */
  #spread<Item, Answer>(
    items: readonly Item[],
    keyOf: (item: Item) => string,
    run: (connection: Connection, share: readonly Item[]) => Promise<Answer[]>,
  ): Promise<Answer[]> {
    const [first] = this.#nodes
    if (first && this.#nodes.length === 1 && !this.#discovery) return run(first.connection, items)
    return this.#spreadOut(items, keyOf, run)
  }

  async #spreadOut<Item, Answer>(
    items: readonly Item[],
    keyOf: (item: Item) => string,
    run: (connection: Connection, share: readonly Item[]) => Promise<Answer[]>,
  ): Promise<Answer[]> {
    await this.#discovery?.ready()
    const shares = new Map<Connection, { readonly items: Item[]; readonly places: number[] }>()
    for (const [place, item] of items.entries()) {
      const { connection } = this.#nodeOf(keyOf(item))
      let share = shares.get(connection)
      if (!share) {
        share = { items: [], places: [] }
        shares.set(connection, share)
      }
      share.items.push(item)
      share.places.push(place)
    }
    const answers = new Array<Answer>(items.length)
    await Promise.all(
      [...shares].map(async ([connection, share]) => {
        const part = await run(connection, share.items)
        for (const [i, place] of share.places.entries()) answers[place] = part[i] as Answer
      }),
    )
    return answers
  }

  #nodeOf(key: string): Node {
    const up = this.#options.failover ? chosen(key, this.#nodes, isUp) : undefined
    const node = up ?? chosen(key, this.#nodes)
    if (!node) throw new StoreError('The Memcached cluster has no nodes')
    return node
  }

  /** Servers that stay keep their connections; those that go are asked nothing more. */
  #adopt(addresses: readonly ServerAddress[]): void {
    const before = this.#nodes
    this.#nodes = addresses.map(
      (address) => before.find((node) => isSame(node.address, address)) ?? this.#node(address),
    )
    for (const node of before) if (!this.#nodes.includes(node)) void node.connection.close()
  }

  #node(address: ServerAddress): Node {
    return { address, seed: hashOf(nameOf(address)), connection: this.#connection(address) }
  }

  #connection(address: ServerAddress): Connection {
    const { connect, clock } = this.#options
    return new Connection(nameOf(address), () => connect(address), clock)
  }
}

function bytesOf(reply: Reply): Bytes | undefined {
  if (reply.code === 'SERVER_ERROR') throw refusalOf(reply)
  return reply.value
}

function outcomeOf(reply: Reply): MemcachedOutcome {
  if (reply.code === 'HD') return 'done'
  if (reply.code !== 'SERVER_ERROR') return 'declined'
  if (/too large|out of memory/.test(reply.line)) return 'refused'
  throw refusalOf(reply)
}

function refusalOf({ line }: Reply): StoreError {
  return new StoreError(`A Memcached server answered ${JSON.stringify(line)}`)
}

function isUp({ connection }: Node): boolean {
  return !connection.down
}

function isSame(one: ServerAddress, other: ServerAddress): boolean {
  const ip = (address: ServerAddress) => ('ip' in address ? address.ip : undefined)
  return nameOf(one) === nameOf(other) && ip(one) === ip(other)
}

function itself(key: string): string {
  return key
}

function keyOf({ key }: { readonly key: string }): string {
  return key
}
