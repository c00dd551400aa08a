import { thrift } from './rows.mjs'

/** A subject, another, and how many requests the first shall answer at least while that answers one. */
const asked = [
  ...['node-http', 'nginx'].flatMap((other) =>
    ['hotset-node-http', 'hotset-proxy'].map((ours) => [ours, other, 0.9]),
  ),
  ...['express', 'fastify', 'koa', 'hono'].map((other) => [`hotset-${other}`, other, 1]),
]

export function targetsOf(rows) {
  return asked
    .map(([ours, other, least]) => ({
      name: `requests in a second of processor time: ${ours} / ${other}`,
      unit: '×',
      measured: thrift(rows, ours, other),
      least,
    }))
    .filter(({ measured }) => measured !== undefined)
}
