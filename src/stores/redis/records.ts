import type { Bytes, Increment, Replacement, StoreRecord } from '../../contracts/store.ts'
import type { Connection, Word } from '../../drivers/redis/connection.ts'
import { redisKey } from '../../drivers/redis/redis-key.ts'
import { stampLength } from '../../kernel/stamp.ts'
import { incrementScript } from './increment-script.ts'
import { replaceScript } from './replace-script.ts'
import type { Script } from './script.ts'

/** The server ends the connection on which a longer string comes, and text takes a third more. */
const longest = { bytes: 512 * 1024 ** 2, text: 256 * 1024 ** 2 }
/** No date is later: it stands for never. */
const latest = 8.64e15

/** Records as strings of the server: what each verb says to it, and what its replies mean. */
export class Records {
  readonly #plain: boolean
  readonly #now: () => number
  /** Whether an expiry is told as an instant. A server before 6.2 does not understand, and says so. */
  #instants: boolean

  /** Where it is plain, values are text, and every server of the protocol will do. */
  constructor(plain: boolean, now: () => number) {
    this.#plain = plain
    this.#instants = !plain
    this.#now = now
  }

  /** What replicas answer, if they may, can be older than what was acknowledged. */
  read(
    connection: Connection,
    keys: readonly string[],
    replicas: boolean,
  ): Promise<(Bytes | undefined)[]> {
    const send = replicas ? connection.read : connection.write
    const names = keys.map(redisKey)
    const [first] = names
    // Ignite leaves out of its reply to MGET what is not there.
    if (first !== undefined && connection.oneServer && !this.#plain) {
      return send(first, ['MGET', ...names]).then(this.#valuesOf)
    }
    return Promise.all(
      names.map((name) => send(name, ['GET', name]).then(this.#valueOf, nothingOfAnotherType)),
    )
  }

  /** What replicas answer, if they may, as in `read`. An empty record is as good as none. */
  readHeads(
    connection: Connection,
    keys: readonly string[],
    length: number,
    replicas: boolean,
  ): Promise<(Bytes | undefined)[]> {
    const send = replicas ? connection.read : connection.write
    return Promise.all(
      keys
        .map(redisKey)
        .map((name) =>
          send(name, ['GETRANGE', name, '0', `${length - 1}`]).then(headOf, nothingOfAnotherType),
        ),
    )
  }

  /** Answers whether it was taken. One that is not leaves nothing, nor does one that has expired. */
  async put(connection: Connection, record: StoreRecord): Promise<boolean> {
    if (record.expiresAt > this.#now()) {
      if (await this.#set(connection, record)) return true
      await this.remove(connection, record.key)
      return false
    }
    await this.remove(connection, record.key)
    return true
  }

  async add(connection: Connection, record: StoreRecord): Promise<boolean> {
    if (record.expiresAt > this.#now()) return this.#set(connection, record, 'NX')
    const name = redisKey(record.key)
    return Number(await connection.write(name, ['EXISTS', name])) === 0
  }

  async replace(connection: Connection, replacement: Replacement): Promise<boolean> {
    const { key, stamp, record } = replacement
    if (stamp.length !== stampLength) return false
    const fits = record === undefined || record.value.length <= longest.bytes
    const instants = this.#instants
    const rest =
      fits && record && record.expiresAt > this.#now()
        ? [this.#wordOf(record.value), ...this.#expiry(record.expiresAt)]
        : []
    try {
      const words = [asBuffer(stamp), ...rest]
      const replaced = await run(connection, replaceScript, redisKey(key), words)
      return Number(replaced) === 1 && fits
    } catch (error) {
      if (!instants || !isSyntaxError(error)) throw error
      this.#instants = false
      return this.replace(connection, replacement)
    }
  }

  /** Makes the increments of one key in one step. */
  async increment(
    connection: Connection,
    key: string,
    increments: readonly Increment[],
  ): Promise<(Bytes | undefined)[]> {
    const words = increments.flatMap(({ by, stamp }): Word[] => [`${by}`, asBuffer(stamp)])
    const answers = run(connection, incrementScript, redisKey(key), words)
    return this.#valuesOf((await answers.catch(nothingOfAnotherType)) ?? [])
  }

  /** Answers whether there was something. */
  async remove(connection: Connection, key: string): Promise<boolean> {
    const name = redisKey(key)
    const reply = await connection.write(name, [this.#plain ? 'DEL' : 'UNLINK', name])
    return Number(reply) === 1
  }

  /** Answers whether it was written: a condition may not hold, or the server not have the room. */
  async #set(connection: Connection, record: StoreRecord, ...condition: 'NX'[]): Promise<boolean> {
    const { key, value, expiresAt } = record
    if (value.length > (this.#plain ? longest.text : longest.bytes)) return false
    const name = redisKey(key)
    const instants = this.#instants
    const words = [this.#wordOf(value), ...this.#expiry(expiresAt), ...condition]
    try {
      return (await connection.write(name, ['SET', name, ...words])) !== null
    } catch (error) {
      if (says(error, 'OOM')) return false
      if (!instants || !isSyntaxError(error)) throw error
      this.#instants = false
      return this.#set(connection, record, ...condition)
    }
  }

  /**
   * Goes into the command that brings the value: no key is ever without its expiry. The server answers
   * a record in its last millisecond too, which therefore is the one before it expires.
   */
  #expiry(expiresAt: number): Word[] {
    if (expiresAt >= latest) return []
    if (this.#instants) return ['PXAT', `${Math.ceil(expiresAt) - 1}`]
    return ['PX', `${Math.max(1, Math.ceil(expiresAt - this.#now()) - 1)}`]
  }

  #wordOf(value: Bytes): Word {
    const buffer = asBuffer(value)
    return this.#plain ? buffer.toString('base64') : buffer
  }

  readonly #valueOf = (reply: unknown): Bytes | undefined => {
    if (!(reply instanceof Buffer)) return undefined
    return this.#plain ? Buffer.from(reply.toString('latin1'), 'base64') : reply
  }

  readonly #valuesOf = (replies: unknown): (Bytes | undefined)[] =>
    (replies as unknown[]).map(this.#valueOf)
}

/** The server says of what is not there that it is empty. */
function headOf(reply: unknown): Bytes | undefined {
  return reply instanceof Buffer && reply.length > 0 ? reply : undefined
}

/** Somebody else's list or hash counts for nothing, as it does for MGET. */
function nothingOfAnotherType(error: unknown): undefined {
  if (!says(error, 'WRONGTYPE')) throw error
}

/** The server knows the script by its name, unless it was restarted, or never ran it. */
async function run(
  connection: Connection,
  script: Script,
  key: string,
  words: Word[],
): Promise<unknown> {
  try {
    return await connection.write(key, ['EVALSHA', script.name, '1', key, ...words])
  } catch (error) {
    if (!says(error, 'NOSCRIPT')) throw error
    return connection.write(key, ['EVAL', script.text, '1', key, ...words])
  }
}

/** What a server says to a word that it does not know. */
function isSyntaxError(error: unknown): boolean {
  return error instanceof Error && /syntax error/i.test(error.message)
}

/** Whether a server's error begins with this word. */
function says(error: unknown, code: string): boolean {
  return error instanceof Error && error.message.startsWith(code)
}

function asBuffer({ buffer, byteOffset, length }: Bytes): Buffer {
  return Buffer.from(buffer, byteOffset, length)
}
