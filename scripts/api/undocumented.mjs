// Which public declarations, and which of their members, have no docstring.
import { entries, readDeclarations } from './declarations.mjs'

const membersOf = {
  TSInterfaceDeclaration: ({ body }) => body.body,
  ClassDeclaration: ({ body }) => body.body,
  TSTypeAliasDeclaration: ({ typeAnnotation }) => typeAnnotation.members ?? [],
}

/** Shapes that others define, and document: what of them is taken, or made. All but their options. */
const foreign = new RegExp(
  `^(Toolbar)?(${[
    ...[
      'Apollo',
      'Astro',
      'CacheManager',
      'CacheQueriesPlugin',
      'ClientHits',
      'Dataloader',
      'Dispatch',
    ],
    ...['Drizzle', 'Express', 'ExtensibleClient', 'Fastify', 'Hono', 'HotsetDynamicModule'],
    ...['HotsetProvider', 'InstantCache', 'Ioredis', 'Keyv', 'Knex', 'Koa', 'Kysely'],
    ...['ManagerEvents', 'MemberContext', 'Mongoose', 'Nest', 'Next', 'NodeRedis', 'NodeRequest'],
    ...['NodeResponse', 'Nunjucks', 'Ocache', 'OpenTelemetryApi', 'Pg', 'Prisma', 'RateLimitStore'],
    ...['RawValue', 'SchemaIssue', 'Sequelize', 'Session', 'StandardSchema', 'SvelteKit'],
    ...['Tanstack', 'Typeorm', 'Undici', 'Unstorage', 'UseCache', 'WebCache'],
  ].join('|')})(?!.*Options$)`,
)

/** `file#Name` and `file#Name.member`, of all that an entry exports. */
export function undocumented() {
  const { exportsOf, docOf } = readDeclarations()
  const exported = new Set(entries.flatMap(({ file }) => [...exportsOf(file).values()]))
  return [...exported].flatMap((declaration) => lacking(declaration, docOf)).sort()
}

function lacking(declaration, docOf) {
  const isSilent = (nodes) => nodes.every((node) => docOf(node, declaration) === '')
  const silent = isSilent(declaration.nodes) ? [declaration.id] : []
  if (foreign.test(declaration.name)) return silent
  const byName = new Map()
  for (const member of declaration.nodes.flatMap(publicMembers)) {
    const name = declaration.text.slice(member.key.start, member.key.end)
    byName.set(name, [...(byName.get(name) ?? []), member])
  }
  for (const [name, overloads] of byName) {
    if (isSilent(overloads)) silent.push(`${declaration.id}.${name}`)
  }
  return silent
}

/** Members that have a name: no constructors, nor what `override`s what is documented where it comes from. */
function publicMembers(node) {
  const declaration = node.declaration ?? node
  return (membersOf[declaration.type]?.(declaration) ?? []).filter(
    ({ key, kind, override }) =>
      key !== undefined && key.type !== 'PrivateIdentifier' && kind !== 'constructor' && !override,
  )
}
