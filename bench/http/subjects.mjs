/**
 * One file each in `subjects/`. `open()` starts a server and answers its `port`, and `cpu()` where its
 * work is another process's. It answers
 *
 * - `/page`: ten kilobytes of HTML;
 * - `/stream/…`: the same in parts;
 * - `/count`: how often this has been asked;
 * - `/login`: a page and a cookie for the `X-User` of the request.
 *
 * A subject is asked for one `path`, with something new at its end each time if it `isMissed`. If it
 * `keeps` pages, it must do that before it is timed; what is wrong with its answers disqualifies it,
 * unless it is among what is `known` and then told beside its figures.
 */
const list = [
  { name: 'node-http' },
  { name: 'hotset-node-http', keeps: true },
  { name: 'hotset-proxy', keeps: true },
  { name: 'nginx', keeps: true, known: ['no Age'] },
  { name: 'nginx-open-files', keeps: true, known: ['no Age'] },
  { name: 'express' },
  { name: 'hotset-express', keeps: true },
  { name: 'apicache', keeps: true, known: ['no Age', "another user's cookie"] },
  { name: 'fastify' },
  { name: 'hotset-fastify', keeps: true },
  { name: 'koa' },
  { name: 'hotset-koa', keeps: true },
  { name: 'hono' },
  { name: 'hotset-hono', keeps: true },
  { name: 'hotset-fetch', keeps: true },
  { name: 'hono-cache', keeps: true, known: ['no Age'] },
  { name: 'node-http-stream', file: 'node-http', path: '/stream/' },
  { name: 'hotset-miss', file: 'hotset-node-http', path: '/stream/', keeps: true, isMissed: true },
]

export const subjects = list.map((subject) => ({
  file: subject.name,
  path: '/page',
  keeps: false,
  isMissed: false,
  known: [],
  ...subject,
}))
