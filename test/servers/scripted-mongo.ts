import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import mongoose from 'mongoose'

const { BSON } = mongoose.mongo

export type Document = Record<string, unknown>

export interface ScriptedMongo {
  readonly url: string
  /** Names of the commands that changed something or tried to, in order. */
  readonly asked: readonly string[]
  /** The documents of a collection, as they are committed. */
  documents(collection: string): readonly Document[]
  /** The next command of the name is answered so: done before, or not at all. */
  answerNext(command: string, answer: Document, done: boolean): void
  /** The next command of the name is done, and its connection cut instead of an answer. */
  cutNext(command: string): void
  /** The next command of the name is done, and answered when the function is called that this gives. */
  holdNext(command: string): () => void
  /** As there is nothing. */
  clear(): void
  close(): Promise<void>
}

interface Fault {
  readonly command: string
  /** None: the connection is cut. */
  readonly answer: Document | undefined
  readonly done: boolean
  /** The answer is what is done says, but not before. */
  readonly until?: Promise<void>
}

type Collections = Map<string, Document[]>

/** A transaction: what it sees, and what is done for all to see once it is committed. */
interface Transaction {
  readonly number: string
  readonly collections: Collections
  readonly commands: Document[]
}

const header = 16
const opcodes = { reply: 1, query: 2004, message: 2013 }
const quiet = new Set(['hello', 'ismaster', 'isMaster', 'ping', 'endSessions', 'find'])
/** What a member of a replica set says of itself, as MongoDB 7 would. */
const hello = {
  ismaster: true,
  isWritablePrimary: true,
  helloOk: true,
  setName: 'script',
  hosts: ['127.0.0.1'],
  me: '127.0.0.1',
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  logicalSessionTimeoutMinutes: 30,
  minWireVersion: 0,
  maxWireVersion: 21,
  readOnly: false,
  ok: 1,
}

/**
 * Speaks as much of MongoDB's protocol as its driver needs for simple writes, reads by equality and
 * transactions, and keeps documents in memory. It is no MongoDB: what is tested with it is what
 * Mongoose and the driver say, and in what order.
 */
export async function startScriptedMongo(): Promise<ScriptedMongo> {
  const sockets = new Set<Socket>()
  const collections: Collections = new Map()
  const transactions = new Map<string, Transaction>()
  const asked: string[] = []
  const faults: Fault[] = []

  const answer = async (command: Document): Promise<Document | undefined> => {
    const name = Object.keys(command)[0] ?? ''
    if (!quiet.has(name)) asked.push(name)
    const at = faults.findIndex((fault) => fault.command === name)
    const [fault] = at < 0 ? [] : faults.splice(at, 1)
    if (fault === undefined) return run(name, command)
    const done = fault.done ? run(name, command) : undefined
    await fault.until
    return fault.until ? done : fault.answer
  }

  const run = (name: string, command: Document): Document => {
    const session = String((command.lsid as { id?: unknown })?.id)
    if (name === 'commitTransaction' || name === 'abortTransaction') {
      const transaction = transactions.get(session)
      transactions.delete(session)
      const commands = name === 'commitTransaction' ? (transaction?.commands ?? []) : []
      for (const one of commands) perform(collections, one)
      return { ok: 1 }
    }
    if (command.autocommit !== false) return perform(collections, command)
    const number = String(command.txnNumber)
    if (command.startTransaction) {
      const copy = new Map([...collections].map(([name, all]) => [name, all.map(copyOf)]))
      transactions.set(session, { number, collections: copy, commands: [] })
    }
    const transaction = transactions.get(session)
    if (transaction?.number !== number) {
      return { ok: 0, code: 251, codeName: 'NoSuchTransaction', errmsg: 'no such transaction' }
    }
    transaction.commands.push(command)
    return perform(transaction.collections, command)
  }

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    let rest: Buffer = Buffer.alloc(0)
    socket.on('data', (bytes) => {
      rest = Buffer.concat([rest, bytes])
      while (rest.length >= header && rest.length >= rest.readInt32LE(0)) {
        const message = rest.subarray(0, rest.readInt32LE(0))
        rest = rest.subarray(message.length)
        void answer(commandOf(message)).then((said) => {
          if (said === undefined) socket.destroy()
          else socket.write(encoded(said, message))
        })
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0

  return {
    url: `mongodb://127.0.0.1:${port}/test?directConnection=true&serverMonitoringMode=poll`,
    asked,
    documents: (collection) => collections.get(collection) ?? [],
    answerNext: (command, answer, done) => void faults.push({ command, answer, done }),
    cutNext: (command) => void faults.push({ command, answer: undefined, done: true }),
    holdNext(command) {
      let release: () => void = () => {}
      const until = new Promise<void>((resolve) => {
        release = resolve
      })
      faults.push({ command, answer: undefined, done: true, until })
      return release
    },
    clear() {
      collections.clear()
      transactions.clear()
      asked.length = 0
      faults.length = 0
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The command of an OP_MSG, with its document sequences, or of the OP_QUERY that a driver begins with. */
function commandOf(message: Buffer): Document {
  const read = (at: number) =>
    BSON.deserialize(message.subarray(at, at + message.readInt32LE(at)), { promoteLongs: true })
  if (message.readInt32LE(12) === opcodes.query) {
    return read(message.indexOf(0, header + 4) + 1 + 8)
  }
  let command: Document = {}
  const sequences: Document = {}
  let at = header + 4
  while (at < message.length) {
    const kind = message[at++]
    const end = at + message.readInt32LE(at)
    if (kind === 0) command = read(at)
    else {
      const nameEnd = message.indexOf(0, at + 4)
      const documents: Document[] = []
      let next = nameEnd + 1
      while (next < end) {
        documents.push(read(next))
        next += message.readInt32LE(next)
      }
      sequences[message.toString('utf8', at + 4, nameEnd)] = documents
    }
    at = end
  }
  return { ...command, ...sequences }
}

function encoded(answer: Document, to: Buffer): Buffer {
  const isQuery = to.readInt32LE(12) === opcodes.query
  const body = BSON.serialize(answer)
  // OP_REPLY: flags, cursor (8), from, how many; OP_MSG: flags, kind of section.
  const before = isQuery ? Buffer.alloc(20) : Buffer.alloc(5)
  if (isQuery) before.writeInt32LE(1, 16)
  const head = Buffer.alloc(header)
  head.writeInt32LE(header + before.length + body.length, 0)
  head.writeInt32LE(to.readInt32LE(4), 8)
  head.writeInt32LE(isQuery ? opcodes.reply : opcodes.message, 12)
  return Buffer.concat([head, before, body])
}

function perform(collections: Collections, command: Document): Document {
  const [name = '', collection = ''] = Object.entries(command)[0]?.map(String) ?? []
  const documents = collections.get(collection) ?? []
  const keep = (all: Document[]) => void collections.set(collection, all)
  switch (name) {
    case 'hello':
    case 'ismaster':
    case 'isMaster':
      return hello
    case 'find': {
      const found = documents.filter((one) => matches(one, command.filter as Document))
      const firstBatch = found.slice(0, Number(command.limit ?? 0) || undefined)
      return { cursor: { id: BSON.Long.ZERO, ns: `test.${collection}`, firstBatch }, ok: 1 }
    }
    case 'insert': {
      const added: Document[] = []
      const writeErrors: Document[] = []
      for (const [index, one] of (command.documents as Document[]).entries()) {
        const isThere = [...documents, ...added].some((other) => isSame(other._id, one._id))
        if (isThere) writeErrors.push({ index, code: 11000, errmsg: 'E11000 duplicate key' })
        else added.push(one)
        if (isThere && command.ordered !== false) break
      }
      keep([...documents, ...added])
      return { n: added.length, ok: 1, ...(writeErrors.length > 0 && { writeErrors }) }
    }
    case 'update': {
      let n = 0
      const upserted: Document[] = []
      for (const [index, { q, u, multi, upsert }] of (command.updates as Document[]).entries()) {
        const result = updated(collections.get(collection) ?? [], q, u, multi, upsert)
        keep(result.documents)
        n += result.count
        if (result.inserted) upserted.push({ index, _id: result.inserted._id })
      }
      return { n, nModified: n, ok: 1, ...(upserted.length > 0 && { upserted }) }
    }
    case 'delete': {
      const before = documents.length
      for (const { q, limit } of command.deletes as Document[]) {
        const all = collections.get(collection) ?? []
        const gone = all.filter((one) => matches(one, q as Document))
        const doomed = new Set(limit === 1 ? gone.slice(0, 1) : gone)
        keep(all.filter((one) => !doomed.has(one)))
      }
      return { n: before - (collections.get(collection)?.length ?? 0), ok: 1 }
    }
    case 'findAndModify': {
      const { query, update, remove, upsert } = command
      const value = documents.find((one) => matches(one, query as Document)) ?? null
      if (remove) {
        keep(documents.filter((one) => one !== value))
        return { value, lastErrorObject: { n: value ? 1 : 0 }, ok: 1 }
      }
      const result = updated(documents, query, update, false, upsert)
      keep(result.documents)
      const now = result.inserted ?? result.changed
      return {
        value: command.new ? (now ?? null) : value,
        lastErrorObject: { n: result.count, updatedExisting: value !== null },
        ok: 1,
      }
    }
    default:
      return { ok: 1 }
  }
}

function updated(
  documents: readonly Document[],
  filter: unknown,
  update: unknown,
  multi: unknown,
  upsert: unknown,
) {
  const found = documents.filter((one) => matches(one, filter as Document))
  const chosen = new Set(multi ? found : found.slice(0, 1))
  let changed: Document | undefined
  const all = documents.map((one) => {
    if (!chosen.has(one)) return one
    changed = applied(one, update, false)
    return changed
  })
  if (chosen.size > 0 || !upsert) return { documents: all, count: chosen.size, changed }
  const equalities = Object.entries(filter as Document).filter(([, value]) => !isOperation(value))
  const inserted = applied(Object.fromEntries(equalities), update, true)
  inserted._id ??= new BSON.ObjectId()
  return { documents: [...all, inserted], count: 1, inserted }
}

function applied(document: Document, update: unknown, isNew: boolean): Document {
  if (Array.isArray(update)) {
    return update.reduce((one: Document, stage) => applied(one, stage, isNew), document)
  }
  const entries = Object.entries(update as Document)
  if (!entries.some(([name]) => name.startsWith('$'))) {
    return { _id: document._id, ...(update as Document) }
  }
  const result = { ...document }
  for (const [operator, fields] of entries) {
    for (const [field, value] of Object.entries(fields as Document)) {
      if (operator === '$set' || (operator === '$setOnInsert' && isNew)) result[field] = value
      else if (operator === '$unset') delete result[field]
      else if (operator === '$inc') result[field] = Number(result[field] ?? 0) + Number(value)
      else if (operator !== '$setOnInsert') throw new Error(`The script knows no ${operator}`)
    }
  }
  return result
}

function matches(document: Document, filter: Document = {}): boolean {
  return Object.entries(filter).every(([field, asked]) => {
    if (field === '$and') return (asked as Document[]).every((one) => matches(document, one))
    if (field === '$or') return (asked as Document[]).some((one) => matches(document, one))
    const value = document[field]
    if (!isOperation(asked)) return isSame(value, asked)
    return Object.entries(asked as Document).every(([operator, operand]) => {
      if (operator === '$eq') return isSame(value, operand)
      if (operator === '$ne') return !isSame(value, operand)
      if (operator === '$in') return (operand as unknown[]).some((one) => isSame(value, one))
      if (operator === '$gte') return Number(value) >= Number(operand)
      throw new Error(`The script knows no ${operator}`)
    })
  })
}

function isOperation(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.keys(value).some((name) => name.startsWith('$'))
}

/** Null equals what is not there. */
function isSame(one: unknown, other: unknown): boolean {
  return String(one ?? null) === String(other ?? null)
}

function copyOf(document: Document): Document {
  return { ...document }
}
