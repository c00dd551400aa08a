import { randomUUID } from 'node:crypto'
import type { Cancel, Clock } from '../contracts/clock.ts'
import type { LogPosition, LogRecord, WriteLog } from '../contracts/log.ts'
import type { Bytes } from '../contracts/store.ts'
import type { RedisClient } from '../drivers/redis/client.ts'
import { handedLink, type Link, OpeningLink } from '../drivers/redis/link.ts'
import { redisLocation } from '../drivers/redis/location.ts'
import { Batcher } from '../kernel/batcher.ts'
import { LogError, LogFullError } from '../kernel/errors.ts'
import { expectInteger, expectOptions, expectString, invalid } from '../kernel/expect.ts'
import { systemClock } from '../kernel/system-clock.ts'
import {
  appendScript,
  keepScript,
  leaveScript,
  ownScript,
  readScript,
  releaseScript,
} from './redis/scripts.ts'

/** Which server and stream, and how long that may grow. */
export interface RedisLogOptions {
  /** Where the stream is: a URL as `redisStore` takes it. */
  readonly url?: string | undefined
  /** Instead of `url`: a client of the package `redis` or `ioredis`, which is never closed. */
  readonly client?: RedisClient | undefined
  /** Names the stream. One process at a time owns it. */
  readonly name: string
  /** Most records in the stream. @default 100,000 */
  readonly maxRecords?: number | undefined
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

/** Milliseconds after which the stream of an owner that was not heard of is anybody's. */
const ownership = 10_000
/** Most records that go, or come, in one command. */
const most = 500
const notOwner = 'NOTOWNER'

/**
 * A log in a stream of Redis or Valkey, as durable as the server is set up to be (`appendonly`,
 * `appendfsync`). Its owner is who holds a key that expires; every command of somebody who lost it is
 * refused by the server. Rejects with a `LogError` while another process owns the stream.
 */
export function redisLog(options: RedisLogOptions): WriteLog {
  expectOptions(
    'redisLog',
    options,
    new Set(['url', 'client', 'name', 'maxRecords', 'clock'] satisfies (keyof RedisLogOptions)[]),
  )
  const { url, client, clock = systemClock, maxRecords = 100_000 } = options
  expectInteger('maxRecords', maxRecords, 1, Number.MAX_SAFE_INTEGER)
  if ((url === undefined) === (client === undefined)) {
    throw invalid('url', 'a string, or missing where there is a client', url)
  }
  const link =
    client === undefined
      ? new OpeningLink(redisLocation(url as string), { replicas: false, plain: false }, clock.now)
      : handedLink(client)
  return new RedisLog(link, expectString('name', options.name), maxRecords, clock)
}

class RedisLog implements WriteLog {
  readonly name: string
  readonly durable = true
  readonly #link: Link
  /** The braces keep both keys on one server of a cluster. */
  readonly #stream: string
  readonly #owner: string
  readonly #token = randomUUID()
  readonly #maxRecords: number
  readonly #clock: Clock
  readonly #appends: Batcher<Bytes, LogPosition>
  /** Released, but the server may not know: told again, and in this order. */
  #released: string[] = []
  #telling: Promise<void> | undefined
  #renewal: Cancel | undefined
  #open = false

  constructor(link: Link, name: string, maxRecords: number, clock: Clock) {
    this.name = `the log "${name}" at ${link.label}`
    this.#link = link
    this.#stream = `hotset:writes:{${name}}`
    this.#owner = `hotset:writes:{${name}}:owner`
    this.#maxRecords = maxRecords
    this.#clock = clock
    this.#appends = new Batcher((records) => this.#append(records), most)
  }

  async open(): Promise<LogRecord[]> {
    await this.#run(ownScript, `${ownership}`)
    this.#open = true
    this.#renew()
    const records: LogRecord[] = []
    for (let from = '-'; ; ) {
      const some = (await this.#run(readScript, from, `${most}`)) as [Buffer, [Buffer, Buffer]][]
      for (const [position, [, bytes]] of some) records.push({ position: `${position}`, bytes })
      if (some.length < most) return records
      from = `(${records.at(-1)?.position}`
    }
  }

  async append(bytes: Bytes): Promise<LogPosition> {
    if (!this.#open) throw new LogError(`${this.name} is not open`)
    return this.#appends.add(bytes)
  }

  release(positions: readonly LogPosition[]): void {
    for (const position of positions) this.#released.push(`${position}`)
    this.#telling ??= this.#tell().finally(() => {
      this.#telling = undefined
    })
  }

  async close(): Promise<void> {
    await this.#telling
    if (this.#open) {
      this.#renewal?.()
      this.#open = false
      if (this.#released.length > 0) await this.#tell()
      await this.#run(leaveScript).catch(() => {})
    }
    await this.#link.close()
  }

  async #append(records: readonly Bytes[]): Promise<LogPosition[]> {
    const words = records.map((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
    const positions = (await this.#run(appendScript, `${this.#maxRecords}`, ...words)) as Buffer[]
    if (positions.length === 0) throw new LogFullError(`${this.name} has no room for more writes`)
    return positions.map(String)
  }

  /** What cannot be told now is told with what is released next. */
  async #tell(): Promise<void> {
    await undefined
    try {
      while (this.#released.length > 0) {
        const some = this.#released.slice(0, most)
        await this.#run(releaseScript, ...some)
        this.#released.splice(0, some.length)
      }
    } catch {}
  }

  #renew(): void {
    this.#renewal = this.#clock.schedule(
      ownership / 3,
      () => {
        void this.#run(keepScript, `${ownership}`).catch(() => {})
        if (this.#open) this.#renew()
      },
      'background',
    )
  }

  async #run(script: string, ...words: (string | Buffer)[]): Promise<unknown> {
    try {
      const connection = await this.#link.use()
      const keys = [this.#stream, this.#owner] as const
      const answer = connection.write(this.#stream, [
        ...(['EVAL', script, '2', ...keys, this.#token] as const),
        ...words,
      ])
      return await answer
    } catch (error) {
      this.#link.failed(error)
      const why = error instanceof Error ? error.message : String(error)
      if (why.includes(notOwner)) throw new LogError(`${this.name} belongs to another process`)
      throw new LogError(`${this.name} failed: ${why}`, { cause: error })
    }
  }
}
