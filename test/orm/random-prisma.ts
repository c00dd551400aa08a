import fc from 'fast-check'

/** An operation of a client, by the names of its model and method. */
export interface PrismaOperation {
  readonly model: 'user' | 'post' | 'tag' | undefined
  readonly method: string
  readonly args: readonly unknown[]
  /** The relation whose rows are asked for instead of those of the model. */
  readonly answer?: string | undefined
}

export type PrismaStep =
  | { readonly do: PrismaOperation }
  | { readonly batch: readonly PrismaOperation[] }
  | { readonly steps: readonly PrismaStep[]; readonly ending: 'commit' | 'rollback' }

const id = fc.integer({ min: 1, max: 5 })
const team = fc.integer({ min: 1, max: 3 })
const email = fc.constantFrom('a', 'b', 'c', 'd', 'E')
const name = fc.constantFrom('x', 'y', 'z')
const title = fc.constantFrom('s', 't')

function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined })
}

const tagsCreated = fc.oneof(
  id.map((id): object => ({ connect: { id } })),
  name.map((name) => ({ connectOrCreate: [{ where: { name }, create: { name } }] })),
)
const tagsUpdated = fc.oneof(
  tagsCreated,
  fc.array(id, { maxLength: 2 }).map((ids) => ({ set: ids.map((id) => ({ id })) })),
)
const postsCreated = fc.oneof(
  title.map((title) => ({ create: { title } })),
  fc
    .array(
      title.map((title) => ({ title })),
      { minLength: 1, maxLength: 2 },
    )
    .map((data) => ({ createMany: { data } })),
  id.map((id) => ({ connect: [{ id }] })),
)
const postsUpdated = fc.oneof(
  postsCreated,
  fc.constant({ deleteMany: {} }),
  fc.constant({ set: [] }),
  title.map((title) => ({ updateMany: { where: {}, data: { title } } })),
  fc.record({ id, title }).map(({ id, title }) => ({ update: { where: { id }, data: { title } } })),
  fc.record({ id, title }).map(({ id, title }) => ({
    upsert: { where: { id }, create: { title }, update: { title } },
  })),
)
const newUser = fc.record({ id: maybe(id), email, team: maybe(team) })
const newUserWithMore = fc.record({
  id: maybe(id),
  email,
  team: maybe(team),
  posts: maybe(postsCreated),
  tags: maybe(tagsCreated),
})
const userUpdate = fc.record({
  id: maybe(id),
  email: maybe(
    fc.oneof(
      email,
      email.map((set) => ({ set })),
    ),
  ),
  team: maybe(fc.oneof(team, fc.constant({ increment: 1 }))),
})
const userUpdateWithMore = fc.record({
  email: maybe(email),
  team: maybe(fc.oneof(team, fc.constant({ increment: 1 }))),
  posts: maybe(postsUpdated),
  tags: maybe(tagsUpdated),
})
const oneUser = fc.oneof(
  id.map((id) => ({ id })),
  email.map((email) => ({ email })),
  fc.record({ id, team }),
)
const someUsers = fc.oneof(
  team.map((team): object => ({ team })),
  fc.array(id, { maxLength: 3 }).map((ids) => ({ id: { in: ids } })),
  email.map((email) => ({ email: { equals: email } })),
  id.map((id) => ({ id: { gt: id } })),
  id.map((id) => ({ OR: [{ id }, { team: 1 }] })),
  id.map((id) => ({ NOT: { id } })),
  fc.constant({}),
)
const selected = fc.constantFrom(undefined, { id: true }, { email: true }, { posts: true })
const author = fc.oneof(
  id.map((id): object => ({ connect: { id } })),
  email.map((email) => ({ create: { email } })),
)
const authorUpdated = fc.oneof(
  author,
  fc.constant({ disconnect: true }),
  team.map((team) => ({ update: { team } })),
  team.map((team) => ({ upsert: { create: { email: 'a', team }, update: { team } } })),
)

const users: fc.Arbitrary<Omit<PrismaOperation, 'model'>> = fc.oneof(
  fc
    .record({ data: newUserWithMore, select: selected })
    .map((args) => ({ method: 'create', args: [args] })),
  fc
    .record({
      method: fc.constantFrom('createMany', 'createManyAndReturn'),
      data: fc.array(newUser, { minLength: 1, maxLength: 3 }),
    })
    .map(({ method, data }) => ({ method, args: [{ data }] })),
  fc
    .record({ where: oneUser, data: fc.oneof(userUpdate, userUpdateWithMore), select: selected })
    .map((args) => ({ method: 'update', args: [args] })),
  fc
    .record({ where: oneUser, data: userUpdateWithMore })
    .map((args) => ({ method: 'update', args: [args], answer: 'posts' })),
  fc
    .record({
      method: fc.constantFrom('updateMany', 'updateManyAndReturn'),
      where: someUsers,
      data: userUpdate,
    })
    .map(({ method, ...args }) => ({ method, args: [args] })),
  fc
    .record({
      where: oneUser,
      create: newUserWithMore,
      update: fc.oneof(userUpdate, userUpdateWithMore),
      select: selected,
    })
    .map((args) => ({ method: 'upsert', args: [args] })),
  fc
    .record({ where: oneUser, select: selected })
    .map((args) => ({ method: 'delete', args: [args] })),
  someUsers.map((where) => ({ method: 'deleteMany', args: [{ where }] })),
)
const posts: fc.Arbitrary<Omit<PrismaOperation, 'model'>> = fc.oneof(
  fc
    .record({ title, author: maybe(author) })
    .map((data) => ({ method: 'create', args: [{ data }] })),
  fc.record({ id, authorId: id }).map(({ id, authorId }) => ({
    method: 'update',
    args: [{ where: { id }, data: { authorId } }],
  })),
  fc.record({ id, author: authorUpdated }).map(({ id, author }) => ({
    method: 'update',
    args: [{ where: { id }, data: { author } }],
  })),
  fc.record({ authorId: id, to: maybe(id) }).map(({ authorId, to }) => ({
    method: 'updateMany',
    args: [{ where: { authorId }, data: to === undefined ? { title: 'u' } : { authorId: to } }],
  })),
  id.map((id) => ({ method: 'delete', args: [{ where: { id } }] })),
  id.map((authorId) => ({ method: 'deleteMany', args: [{ where: { authorId } }] })),
)
const tags: fc.Arbitrary<Omit<PrismaOperation, 'model'>> = fc.oneof(
  fc.record({ name, id }).map(({ name, id }) => ({
    method: 'create',
    args: [{ data: { name, users: { connect: { id } } } }],
  })),
  name.map((name) => ({ method: 'delete', args: [{ where: { name } }] })),
)
const raw: fc.Arbitrary<PrismaOperation> = fc.record({ id, team }).map(({ id, team }) => ({
  model: undefined,
  method: '$executeRawUnsafe',
  args: [`update "users" set "team_no" = ${team} where "id" = ${id}`],
}))
const returning: fc.Arbitrary<PrismaOperation> = id.map((id) => ({
  model: undefined,
  method: '$queryRawUnsafe',
  args: [`update "posts" set "title" = 'raw' where "id" = ${id} returning "id"`],
}))

const someOperation: fc.Arbitrary<PrismaOperation> = fc.oneof(
  { weight: 8, arbitrary: users.map((one) => ({ ...one, model: 'user' as const })) },
  { weight: 4, arbitrary: posts.map((one) => ({ ...one, model: 'post' as const })) },
  { weight: 1, arbitrary: tags.map((one) => ({ ...one, model: 'tag' as const })) },
  { weight: 1, arbitrary: raw },
  { weight: 1, arbitrary: returning },
)

const single = someOperation.map((operation): PrismaStep => ({ do: operation }))
const batch = fc
  .array(someOperation, { minLength: 1, maxLength: 3 })
  .map((batch): PrismaStep => ({ batch }))
const ending = fc.constantFrom('commit' as const, 'rollback' as const)
const nested = fc
  .record({ steps: fc.array(single, { maxLength: 3 }), ending })
  .map((step): PrismaStep => step)
const transaction = fc
  .record({
    steps: fc.array(fc.oneof({ weight: 3, arbitrary: single }, { weight: 1, arbitrary: nested }), {
      maxLength: 4,
    }),
    ending,
  })
  .map((step): PrismaStep => step)

export const someSteps: fc.Arbitrary<PrismaStep[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: single },
    { weight: 1, arbitrary: batch },
    { weight: 2, arbitrary: transaction },
  ),
  { minLength: 1, maxLength: 6 },
)
