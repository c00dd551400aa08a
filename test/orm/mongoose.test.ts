import fc from 'fast-check'
import mongoose, { type ClientSession, type Connection, Schema } from 'mongoose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Cache } from '../../src/contracts/cache.ts'
import { createCache } from '../../src/index.ts'
import { type DatabaseChanges, databaseChanges } from '../../src/orm/database-changes.ts'
import { mongooseChanges } from '../../src/orm/mongoose.ts'
import type { ColumnValues } from '../../src/orm/table-change.ts'
import { type TableTagsOptions, tableTags } from '../../src/orm/table-tags.ts'
import { type Document, type ScriptedMongo, startScriptedMongo } from '../servers/scripted-mongo.ts'
import { eventually } from '../servers/start-server.ts'

/** The real Mongoose and its real driver; what answers them is a script (see there). */

const runs = 150
const ids = [1, 2, 3, 4, 5].map((digit) => `${digit}`.repeat(24))
const precise: TableTagsOptions = { columns: { people: ['_id', 'email', 'team'] } }
let server: ScriptedMongo
let cache: Cache
const open: Connection[] = []

beforeAll(async () => {
  server = await startScriptedMongo()
})
afterAll(() => server?.close())
beforeEach(() => {
  server.clear()
  cache = createCache({ defaults: { ttl: null } })
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((connection) => connection.close()))
  await cache.close()
})

function modelOf(changes: DatabaseChanges, options: object = {}) {
  const connection = mongoose.createConnection(server.url, {
    autoIndex: false,
    autoCreate: false,
    ...options,
  })
  open.push(connection)
  const schema = new Schema({
    email: String,
    team: Number,
    name: String,
    address: new Schema({ city: String }),
  })
  schema.plugin(mongooseChanges(changes))
  return connection.model('Person', schema, 'people')
}

type Person = ReturnType<typeof modelOf>

/** As there are three people. */
async function someone(Model: Person): Promise<void> {
  await Model.insertMany([
    { _id: ids[0], email: 'a', team: 1 },
    { _id: ids[1], email: 'b', team: 2 },
    { _id: ids[2], email: 'c', team: 1 },
  ])
}

class Rollback extends Error {}

interface Question {
  readonly name: string
  readonly field?: string
  readonly value?: unknown
}

const questions: readonly Question[] = [
  { name: 'all' },
  ...ids.map((value) => ({ name: `_id ${value}`, field: '_id', value })),
  ...['a', 'b', 'c', 'd'].map((value) => ({ name: `email ${value}`, field: 'email', value })),
  ...[1, 2, 3].map((value) => ({ name: `team ${value}`, field: 'team', value })),
]

function answer({ field, value }: Question): string {
  const found = server
    .documents('people')
    .filter((one) => field === undefined || String(one[field]) === String(value))
  return JSON.stringify(found)
}

function cached(changes: DatabaseChanges, question: Question, load?: () => void) {
  const { name, field, value } = question
  const tags = field
    ? changes.tags.rows('people', { [field]: value })
    : changes.tags.table('people')
  return cache.getOrSet(
    name,
    async () => {
      load?.()
      return answer(question)
    },
    { tags },
  )
}

interface Operation {
  readonly method: string
  readonly filter: Document
  readonly update: Document | Document[]
  readonly documents: readonly Document[]
  readonly flag: boolean
}

const id = fc.constantFrom(...ids)
const email = fc.constantFrom('a', 'b', 'c', 'd')
const team = fc.integer({ min: 1, max: 3 })
const fields = fc.record({ email, team }, { requiredKeys: [] })
const someFilter: fc.Arbitrary<Document> = fc.oneof(
  id.map((_id): Document => ({ _id })),
  fc.array(id, { minLength: 1, maxLength: 2 }).map((all) => ({ _id: { $in: all } })),
  email.map((email) => ({ email })),
  team.map((team) => ({ team })),
  fc.record({ email, team }).map(({ email, team }) => ({ $and: [{ email }, { team }] })),
  team.map((team) => ({ team: { $gte: team } })),
  team.map((team) => ({ $or: [{ team }, { email: 'a' }] })),
)
const someUpdate: fc.Arbitrary<Document | Document[]> = fc.oneof(
  fields.map(($set): Document => ({ $set })),
  fields,
  fc.constant({ $inc: { team: 1 } }),
  fc.constant({ $unset: { email: 1 } }),
  fc.record({ name: fc.constantFrom('n', 'm'), team }).map(({ name, team }) => ({
    $set: { name },
    $setOnInsert: { team },
  })),
  fields.map(($set) => [{ $set }]),
)
const someOperation: fc.Arbitrary<Operation> = fc.record({
  method: fc.constantFrom(
    ...['save', 'create', 'insertMany', 'changeAndSave', 'deleteDocument', 'updateDocument'],
    ...['updateOne', 'updateMany', 'replaceOne', 'deleteOne', 'deleteMany', 'native', 'bulkWrite'],
    ...['findOneAndUpdate', 'findOneAndReplace', 'findOneAndDelete', 'bulkSave'],
  ),
  filter: someFilter,
  update: someUpdate,
  documents: fc.array(fc.record({ _id: id, email, team }, { requiredKeys: ['_id'] }), {
    minLength: 1,
    maxLength: 3,
  }),
  flag: fc.boolean(),
})

async function perform(
  Model: Person,
  { method, filter, update, documents, flag }: Operation,
  session?: ClientSession,
): Promise<unknown> {
  const options = session ? { session } : {}
  const [document = {}] = documents
  const { _id, ...replacement } = document
  switch (method) {
    case 'save':
      return new Model(document).save(options)
    case 'create':
      return Model.create([...documents], { ...options, ordered: true })
    case 'insertMany':
      return Model.insertMany(documents, { ...options, ordered: flag })
    case 'changeAndSave': {
      const found = await Model.findOne(filter, flag ? null : { name: 1 }, options)
      return found?.set({ team: 3, name: 'saved' }).save()
    }
    case 'deleteDocument':
      return (await Model.findOne(filter, null, options))?.deleteOne()
    case 'updateDocument':
      return (await Model.findOne(filter, null, options))?.updateOne({ $set: { team: 2 } })
    case 'updateOne':
    case 'updateMany':
      return Model[method](filter, update, { ...options, upsert: flag, updatePipeline: true })
    case 'findOneAndUpdate':
      return Model.findOneAndUpdate(filter, update, {
        ...options,
        upsert: flag,
        returnDocument: flag ? 'after' : 'before',
        updatePipeline: true,
      })
    case 'replaceOne':
    case 'findOneAndReplace':
      return Model[method as 'replaceOne'](filter, replacement, { ...options, upsert: flag })
    case 'deleteOne':
    case 'deleteMany':
      return Model[method](filter, options)
    case 'findOneAndDelete':
      return Model.findOneAndDelete(filter, options)
    case 'native':
      return Model.collection.updateOne({ email: 'a' }, { $set: { team: 3 } }, options)
    case 'bulkSave': {
      const found = await Model.find(filter, null, options)
      return Model.bulkSave(
        found.map((one) => one.set({ team: 1 })),
        options,
      )
    }
    default: {
      const operations: object[] = [
        { updateOne: { filter, update, upsert: flag } },
        { insertOne: { document } },
        { replaceOne: { filter: { _id }, replacement } },
        { deleteMany: { filter: { email: 'd' } } },
      ]
      const some = operations.slice(0, documents.length === 1 ? 1 : 4)
      return Model.bulkWrite(some as never, { ...options, ordered: flag })
    }
  }
}

type Step =
  | { readonly do: Operation }
  | { readonly operations: readonly Operation[]; readonly ending: 'commit' | 'throw' | 'abort' }

const someSteps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: someOperation.map((operation) => ({ do: operation })) },
    {
      weight: 1,
      arbitrary: fc.record({
        operations: fc.array(someOperation, { maxLength: 3 }),
        ending: fc.constantFrom('commit' as const, 'throw' as const, 'abort' as const),
      }),
    },
  ),
  { minLength: 1, maxLength: 6 },
)

/** What the database refuses, it refuses: an id that is there, a document changed meanwhile. */
async function ignored(promise: Promise<unknown>): Promise<void> {
  await promise.catch((error) => {
    const isRefused = [
      ...['MongoServerError', 'MongoBulkWriteError', 'MongoInvalidArgumentError'],
      'DocumentNotFoundError',
    ]
    if (!isRefused.includes(error.name) && !(error instanceof Rollback)) throw error
  })
}

async function run(Model: Person, step: Step, check: () => Promise<void>): Promise<void> {
  if ('do' in step) await ignored(perform(Model, step.do))
  else {
    await Model.db.withSession(async (session) => {
      session.startTransaction()
      for (const operation of step.operations) {
        await ignored(perform(Model, operation, session))
        await check()
      }
      if (step.ending === 'commit') await session.commitTransaction()
      if (step.ending === 'abort') await session.abortTransaction()
    })
  }
  await check()
}

test('whatever is written, what is cached is what the database answers', async () => {
  let asked = 0
  let loaded = 0
  const property = fc.asyncProperty(someSteps, async (steps) => {
    server.clear()
    await cache.clear()
    const changes = databaseChanges({ cache, ...precise })
    const Model = modelOf(changes)
    await someone(Model)
    const check = async () => {
      for (const question of questions) {
        asked++
        const found = await cached(changes, question, () => loaded++)
        expect(found, question.name).toEqual(answer(question))
      }
    }
    await check()
    for (const step of steps) await run(Model, step, check)
    await Model.db.close()
  })
  await fc.assert(property, { numRuns: runs })
  // Else nothing would have been tested.
  expect(1 - loaded / asked).toBeGreaterThan(0.3)
})

/** A model, and the tags that were invalidated so far, a list for each time. */
async function recorded(options?: object) {
  const told: string[][] = []
  const changes = databaseChanges({
    ...precise,
    cache: { invalidate: async (tags) => void told.push([...tags].sort()) },
  })
  const Model = modelOf(changes, options)
  await someone(Model)
  told.length = 0
  return { changes, Model, told }
}

const [first = '', second = '', , fourth = '', fifth = ''] = ids
const tags = tableTags(precise)
/** For values by field; of a field that is left out, any may have changed. */
function tagsOf(values: Readonly<Record<string, ColumnValues>> = {}): string[] {
  return tags.changed([{ table: 'people', values: new Map(Object.entries(values)) }]).sort()
}
const anyPerson = tagsOf()
/** Ids of digits are texts of numbers. */
const tagOf = (id: string) => `db:people:_id=${Number(id)}`
const firstTags = tagsOf({ _id: [first] })

describe('no more is told than what may have changed', () => {
  const cases: readonly [string, (Model: Person) => Promise<unknown>, readonly string[]][] = [
    [
      'what is inserted',
      (Model) => Model.create({ _id: fifth, email: 'e' }),
      tagsOf({ _id: [fifth], email: ['e'], team: [null] }),
    ],
    [
      'a document is saved by its id',
      async (Model) => (await Model.findById(first))?.set({ team: 3 }).save(),
      firstTags,
    ],
    [
      'what it had, by the filter; what it has, by the update',
      (Model) => Model.updateMany({ team: { $in: [1, 2] } }, { team: 3 }),
      tagsOf({ team: [1, 2, 3] }),
    ],
    [
      'what an update leaves alone is as in the document that it answers',
      (Model) => Model.findOneAndUpdate({ email: 'b' }, { $inc: { team: 1 } }),
      tagsOf({ _id: [second], email: ['b'] }),
    ],
    [
      'so it is where it is answered with more',
      (Model) =>
        Model.findOneAndReplace({ email: 'b' }, { email: 'z' }, { includeResultMetadata: true }),
      tagsOf({ _id: [second], email: ['b', 'z'] }),
    ],
    [
      'what an insert would set counts, too',
      (Model) => Model.updateOne({ _id: first, team: 1 }, { $setOnInsert: { team: 2 } }),
      tagsOf({ _id: [first], team: [1, 2] }),
    ],
    [
      'what is deleted, as in the document that is answered',
      (Model) => Model.findOneAndDelete({ email: 'b' }),
      tagsOf({ _id: [second], email: ['b'], team: [2] }),
    ],
    [
      'of an update that is a pipeline, the id alone is certain',
      (Model) =>
        Model.updateOne({ _id: first, team: 1 }, [{ $set: { team: 2 } }], { updatePipeline: true }),
      firstTags,
    ],
    [
      'each operation of many',
      (Model) =>
        Model.bulkWrite([
          { updateOne: { filter: { _id: first }, update: { $set: { team: 2 } } } },
          { deleteOne: { filter: { _id: second } } },
        ]),
      [...firstTags, tagOf(second)].sort(),
    ],
    [
      'what each had and has',
      (Model) => Model.bulkWrite([{ updateOne: { filter: { team: 1 }, update: { team: 3 } } }]),
      tagsOf({ team: [1, 3] }),
    ],
    ['a collection that is gone', (Model) => Model.collection.drop(), anyPerson],
    ['a part of a document is saved with it', savedPart, firstTags],
    ['reading is nothing', (Model) => Model.find({}).exec(), []],
  ]
  async function savedPart(Model: Person) {
    const person = await Model.findById(first)
    person?.set('address', { city: 'c' })
    return person?.save()
  }
  test.each(cases)('%s', async (_, operation, expected) => {
    const { Model, told } = await recorded()
    await operation(Model)
    expect(told.flat()).toEqual([...expected].sort())
    expect(told.length).toBeLessThanOrEqual(1)
  })
})

describe('transactions', () => {
  const update = (Model: Person, session: ClientSession) =>
    Model.updateOne({ _id: first }, { $set: { team: 3 } }, { session })

  test('one is told once, when it is committed', async () => {
    const { changes, Model, told } = await recorded()
    const seen: unknown[] = []
    changes.on('people', () => seen.push(server.documents('people')[0]?.team))
    await Model.db.transaction(async (session) => {
      await update(Model, session)
      await Model.deleteOne({ _id: second }).session(session)
      expect(told).toEqual([])
    })
    expect(told).toEqual([[...firstTags, tagOf(second)].sort()])
    expect(seen).toEqual([3, 3])
  })

  test('what is aborted is not told, however it is', async () => {
    const { Model, told } = await recorded()
    const thrown = Model.db.transaction(async (session) => {
      await update(Model, session)
      throw new Rollback()
    })
    await expect(thrown).rejects.toThrow(Rollback)
    const session = await Model.db.startSession()
    session.startTransaction()
    await update(Model, session)
    await session.abortTransaction()
    session.startTransaction()
    await update(Model, session)
    await session.endSession()
    expect(told).toEqual([])
    expect(server.asked.filter((name) => name === 'abortTransaction')).toHaveLength(3)
  })

  test('a session tells of each of its transactions by itself, and of what it does outside', async () => {
    const { Model, told } = await recorded()
    await Model.db.withSession(async (session) => {
      session.startTransaction()
      await update(Model, session)
      await session.abortTransaction()
      session.startTransaction()
      await Model.deleteOne({ _id: second }).session(session)
      await session.commitTransaction()
      await Model.deleteOne({ _id: first }).session(session)
    })
    expect(told.map((tags) => tags.filter((tag) => tag.includes('_id')))).toEqual([
      [tagOf(second)],
      [tagOf(first)],
    ])
  })

  test('an attempt that came to nothing is not told; the next one is', async () => {
    const { Model, told } = await recorded()
    const label = {
      errorLabels: ['TransientTransactionError'],
      ok: 0,
      code: 112,
      errmsg: 'conflict',
    }
    server.answerNext('commitTransaction', label, false)
    let attempts = 0
    await Model.db.transaction(async (session) => {
      attempts++
      if (attempts === 1) await update(Model, session)
      else await Model.deleteOne({ _id: second }).session(session)
    })
    expect(attempts).toBe(2)
    expect(told.flat().filter((tag) => tag.includes('_id'))).toEqual([tagOf(second)])
  })

  test('a commit of which nothing is heard is told, and told again', async () => {
    const { Model, told } = await recorded({ retryWrites: false })
    const silence = { ok: 0, code: 50, errmsg: 'MaxTimeMSExpired' }
    server.answerNext('commitTransaction', silence, false)
    await Model.db.withSession(async (session) => {
      session.startTransaction()
      await update(Model, session)
      await expect(session.commitTransaction()).rejects.toThrow('MaxTimeMSExpired')
      expect(told).toEqual([firstTags])
      expect(server.documents('people')[0]?.team).toBe(1)
      await session.commitTransaction()
    })
    expect(server.documents('people')[0]?.team).toBe(3)
    expect(told).toEqual([firstTags, firstTags])
  })

  test('an operation whose answer comes after the commit is told then', async () => {
    const { Model, told } = await recorded()
    await Model.db.withSession(async (session) => {
      session.startTransaction()
      await Model.deleteOne({ _id: second }).session(session)
      const release = server.holdNext('update')
      const late = update(Model, session).exec()
      await eventually(() => server.asked.includes('update'))
      await session.commitTransaction()
      expect(told).toHaveLength(1)
      release()
      await late
      expect(told.at(-1)).toEqual(firstTags)
    })
  })

  test('a session that is found by itself counts', async () => {
    const base = new mongoose.Mongoose()
    base.set('transactionAsyncLocalStorage', true)
    const told: string[] = []
    const changes = databaseChanges({
      cache: { invalidate: async (tags) => void told.push(...tags) },
    })
    base.plugin(mongooseChanges(changes))
    const connection = base.createConnection(server.url, { autoIndex: false, autoCreate: false })
    const Model = connection.model('Person', new base.Schema({ team: Number }), 'people')
    try {
      await connection.transaction(async () => {
        await Model.create({ _id: first, team: 1 })
        await Model.updateOne({ _id: first }, { team: 2 })
        expect(told).toEqual([])
      })
      expect(told).toEqual(['db:people', 'db:*.people'])
    } finally {
      await connection.close()
    }
  })
})

test('an operation resolves when nothing older is served', async () => {
  const done: string[] = []
  const invalidate = async () => {
    await new Promise((resolve) => setImmediate(resolve))
    done.push('told')
  }
  const Model = modelOf(databaseChanges({ cache: { invalidate } }))
  await Model.create({ _id: first })
  done.push('created')
  await Model.db.transaction((session) => Model.deleteOne({ _id: first }).session(session))
  expect(done).toEqual(['told', 'created', 'told'])
})

test('what failed is told, as a part of it may have been done', async () => {
  const { Model, told } = await recorded({ retryWrites: false })
  const more = [{ _id: fourth }, { _id: first }]
  await expect(Model.insertMany(more)).rejects.toThrow('E11000')
  expect(server.documents('people')).toHaveLength(4)
  expect(told.flat()).toContain(tagOf(fourth))
  told.length = 0
  server.cutNext('update')
  await expect(Model.updateOne({ _id: first }, { team: 9 })).rejects.toThrow('closed')
  expect(server.documents('people')[0]?.team).toBe(9)
  expect(told).toEqual([firstTags])
})

test('what is asked for before there is a connection is told once', async () => {
  const told: string[] = []
  const changes = databaseChanges({
    cache: { invalidate: async (tags) => void told.push(...tags) },
  })
  const Model = modelOf(changes)
  await Model.create({ _id: first })
  expect(told).toEqual(['db:people', 'db:*.people'])
})

test('models that share a collection tell once', async () => {
  const { Model, told } = await recorded()
  Model.discriminator('Boss', new Schema({ staff: Number }))
  const other = Model.db.model('Other', Model.schema.clone(), 'people')
  await other.deleteOne({ _id: first })
  expect(told).toHaveLength(1)
})
