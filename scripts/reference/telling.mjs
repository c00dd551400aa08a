// Pages of what a cache tells: its errors, its events and its metrics.
import { root } from '../setup.mjs'
import { code, docOf, escaped, membersOf, named, SyntaxKind, table } from './source.mjs'

/** Where errors are defined: those of all rooms, and those of the simulator alone. */
const errorFiles = ['kernel/errors.ts', 'simulator/trace-error.ts']

export function errorsPage({ declarations }) {
  const statements = errorFiles.flatMap((path) => [...declarations(path)])
  const classes = statements.filter(({ kind }) => kind === SyntaxKind.ClassDeclaration)
  const rows = classes.flatMap((node) => {
    const name = node.name.text
    const made = node.members.find(({ kind }) => kind === SyntaxKind.Constructor)?.getText() ?? ''
    // The code that a class gives its errors: the default of a parameter, or what it hands on.
    const given = made.match(/= '(ERR_\w+)'/) ?? made.match(/super\([^)]*'(ERR_\w+)'/)
    return given === null ? [] : [[code(given[1]), code(name), escaped(docOf(node).text)]]
  })
  for (const { literal } of named(statements, 'CacheErrorCode').type.types) {
    if (!rows.some(([shown]) => shown === code(literal.text))) {
      throw new Error(`No class has the code ${literal.text}`)
    }
  }
  const { text } = docOf(named(statements, 'CacheError'))
  return [
    '# Errors',
    `${text} Each has a stable \`code\`: switch on that, for two copies of a package have two classes.`,
    table(['code', 'class', 'means'], rows),
  ].join('\n\n')
}

export function eventsPage({ declarations }) {
  const statements = declarations('contracts/events.ts')
  const { type } = named(statements, 'CacheEvent')
  const rows = flat(type).map((one) => eventRow(one, statements))
  const reasons = named(statements, 'RemovalReason').type.getText()
  const outcomes = named(statements, 'Outcome').type.getText()
  return [
    '# Events',
    'What happens is told to `onEvent` of the cache and on the channel `hotset:` + type of `node:diagnostics_channel`. Nothing is built when nobody listens. Durations and ages are milliseconds.',
    'Every event has `type` and `cache`; those of a key have `namespace` and `key`, those of a namespace `namespace`.',
    table(['type', 'of', 'says', 'carries'], rows),
    `Outcomes: ${code(outcomes)}. Reasons: ${code(reasons)}.`,
    '[Telemetry](../guides/telemetry.md) has listeners to all of them: Prometheus, OpenTelemetry, logs, statistics.',
  ].join('\n\n')
}

/** The members of a union, with those of the unions in it. */
function flat(union) {
  return membersOf(union).flatMap(({ member, text }) =>
    member.type?.kind === SyntaxKind.UnionType ? flat(member.type) : [{ member, text }],
  )
}

function eventRow({ member: node, text }, statements) {
  if (node.kind === SyntaxKind.TypeReference && !node.typeName.text.startsWith('Of')) {
    const declared = named(statements, node.typeName.text)
    const [parent] = declared.heritageClauses[0].types
    return eventCells(parent.getText(), docOf(declared).text, declared.members)
  }
  const parts = node.kind === SyntaxKind.ParenthesizedType ? node.type.types : [node]
  const [scope, ...rest] = parts
  const members = rest.flatMap((part) =>
    part.kind === SyntaxKind.TypeLiteral ? [...part.members] : [],
  )
  const others = rest
    .filter(({ kind }) => kind !== SyntaxKind.TypeLiteral)
    .map((part) => part.getText())
  return eventCells(scope.getText(), text, members, others)
}

function eventCells(scope, text, members, others = []) {
  const [, of, type] = scope.match(/Of(\w+)<'([\w-]+)'>/)
  const carried = [
    ...members.map((member) => `\`${member.name.getText()}\``),
    ...others.flatMap(namesIn),
  ]
  if (text === '') throw new Error(`The event ${type} has no comment that says when it is told`)
  return [
    code(type),
    { Cache: 'the cache', Space: 'a namespace', Key: 'a key' }[of],
    escaped(text),
    carried.join(', '),
  ]
}

/** The names in `Pick<…, 'a' | 'b'>` and `Record<'a' | 'b', …>`. */
function namesIn(text) {
  return [...text.matchAll(/'(\w+)'/g)].map(([, name]) => `\`${name}\``)
}

export async function metricsPage() {
  const { createCache, createCaches } = await import(`${root}dist/index.js`)
  const { metrics } = await import(`${root}dist/telemetry/metrics.js`)
  const { prometheusName } = await import(`${root}dist/telemetry/exposition.js`)
  const { openTelemetry } = await import(`${root}dist/telemetry/index.js`)
  const durations = instrumentsOf(openTelemetry, createCaches({ default: {} }))
    .filter(({ name }) => !metrics.some((metric) => metric.name === name))
    .map(({ name, unit, description, kind }) => ({ name, unit, help: description, kind }))
  const labels = await labelsOf(createCache, metrics)
  const rows = [...metrics, ...durations].map(({ name, unit, help, kind }) => [
    code(name),
    code(prometheusNames[name] ?? prometheusName(name, unit, kind === 'counter')),
    kind,
    unit === '1' ? '' : code(unit),
    [...(labels.get(name) ?? [])].map((label) => code(label)).join(', '),
    help,
  ])
  return [
    '# Metrics',
    'By `openTelemetry` and `prometheus` of `hotset/telemetry`; [how to mount them](../guides/telemetry.md). Besides the attributes in the table all have the name of the cache: `hotset.cache.name`, in Prometheus `cache`. None has a key. What a cache does not have is left out.',
    table(['OpenTelemetry', 'Prometheus', 'is a', 'unit', 'attributes', 'says'], rows),
    'In OpenTelemetry an attribute is `hotset.cache.` and the name in the table, but for those of `db.client.operation.duration`, which are named as the conventions for databases have it. Alerts that use them are in [the runbook](../operate/runbook.md).',
  ].join('\n\n')
}

const prometheusNames = {
  'db.client.operation.duration': 'hotset_cache_store_operation_duration_seconds',
}

/** The instruments that are made for a meter. */
function instrumentsOf(openTelemetry, caches) {
  const made = []
  const make =
    (kind) =>
    (name, { unit, description }) => {
      made.push({ name, kind, unit, description })
      return { add() {}, record() {} }
    }
  const meter = {
    createCounter: make('counter'),
    createHistogram: make('histogram'),
    createObservableCounter: make('counter'),
    createObservableGauge: make('gauge'),
    addBatchObservableCallback() {},
    removeBatchObservableCallback() {},
  }
  openTelemetry(caches, { metrics: { getMeter: () => meter } }, { spans: false })()
  return made
}

/** What tells samples of one metric apart, as those of a real cache show. */
async function labelsOf(createCache, metrics) {
  const cache = createCache()
  const inspection = {
    ...(await cache.inspect()),
    backlogs: { shown: {} },
    bus: 'shown',
    storeUp: true,
  }
  await cache.close()
  const found = metrics.map(({ name, read }) => [
    name,
    new Set(read(inspection).flatMap(({ attributes }) => Object.keys(attributes))),
  ])
  return new Map([
    ...found,
    ['hotset.cache.load.duration', ['error.type']],
    ['db.client.operation.duration', ['store', 'operation', 'error.type']],
  ])
}
