import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { WriteLog } from '../../src/contracts/log.ts'
import { fileLog } from '../../src/logs/file.ts'
import { memoryLog } from '../../src/logs/memory.ts'
import { redisLog } from '../../src/logs/redis.ts'
import { startRedis, tell } from '../servers/redis.ts'
import type { Server } from '../servers/start-server.ts'
import { temporaryDirectory } from '../unit/temporary-directory.ts'

let server: Server
let names = 0

beforeAll(async () => {
  server = await startRedis()
})

afterAll(() => server?.stop())

/** Each answers a way to open the same log again and again. */
const logs = [
  {
    name: 'memory',
    make() {
      const log = memoryLog()
      return () => log
    },
  },
  {
    name: 'file',
    make() {
      const directory = temporaryDirectory()
      return () => fileLog({ directory })
    },
  },
  {
    name: 'redis',
    make() {
      const name = `log ${++names}`
      const url = `redis://127.0.0.1:${server.port}`
      return () => redisLog({ url, name })
    },
  },
]

function text(log: { readonly bytes: Uint8Array }[]): string[] {
  return log.map(({ bytes }) => Buffer.from(bytes).toString())
}

async function opened(log: WriteLog) {
  onTestFinished(() => log.close())
  return { log, records: await log.open() }
}

describe.each(logs)('$name', ({ make }) => {
  test('gives back what was not released, in order, as it was', async () => {
    const open = make()
    const { log, records } = await opened(open())
    expect(records).toEqual([])
    const words = Array.from({ length: 1200 }, (_, i) => `write ${i}`)
    const positions = await Promise.all(words.map((word) => log.append(Buffer.from(word))))
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    await log.append(bytes)
    await log.append(new Uint8Array(0))
    log.release(positions.filter((_, i) => i % 2 === 0))
    await log.close()
    const again = await opened(open())
    expect(text(again.records.slice(0, 600))).toEqual(words.filter((_, i) => i % 2 === 1))
    expect([...(again.records[600]?.bytes ?? [])]).toEqual([...bytes])
    expect(again.records[601]?.bytes.length).toBe(0)
    again.log.release(again.records.map(({ position }) => position))
    await again.log.close()
    expect((await opened(open())).records).toEqual([])
  })
})

describe.each(logs.filter(({ name }) => name !== 'memory'))('$name', ({ make }) => {
  test('has one owner at a time', async () => {
    const open = make()
    const { log } = await opened(open())
    await expect(open().open()).rejects.toMatchObject({ code: 'ERR_CACHE_LOG' })
    await log.append(Buffer.from('x'))
    await log.close()
    expect(text((await opened(open())).records)).toEqual(['x'])
  })
})

test('file: kill -9 sets the directory free', async () => {
  const directory = temporaryDirectory()
  const source = pathToFileURL(join(import.meta.dirname, '../../dist/logs/file.js')).href
  const script = `
    const { fileLog } = await import(${JSON.stringify(source)})
    const log = fileLog({ directory: ${JSON.stringify(directory)} })
    await log.open()
    await log.append(Buffer.from('from the dead'))
    console.log('open')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const log = fileLog({ directory })
  onTestFinished(() => log.close())
  await expect(log.open()).rejects.toThrow('belongs to another process')
  child.kill('SIGSTOP')
  await expect(log.open()).rejects.toThrow('belongs to another process')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(text(await log.open())).toEqual(['from the dead'])
})

test('file: of many that want a directory at once, at most one has it', async () => {
  const directory = temporaryDirectory()
  const logs = Array.from({ length: 8 }, () => fileLog({ directory }))
  onTestFinished(async () => {
    for (const log of logs) await log.close()
  })
  const opened = await Promise.allSettled(logs.map((log) => log.open()))
  const won = opened.filter(({ status }) => status === 'fulfilled')
  expect(won.length).toBeLessThanOrEqual(1)
})

test('file: a path too long for its lock is refused', async () => {
  const directory = join(temporaryDirectory(), 'd'.repeat(120))
  mkdirSync(directory)
  await expect(fileLog({ directory }).open()).rejects.toThrow('shorter path')
})

test('redis: who lost the stream can change nothing any more', async () => {
  const name = `log ${++names}`
  const url = `redis://127.0.0.1:${server.port}`
  const [log, other] = [redisLog({ url, name }), redisLog({ url, name })]
  onTestFinished(async () => {
    await log.close()
    await other.close()
  })
  await log.open()
  const position = await log.append(Buffer.from('kept'))
  await tell(server.port, 'DEL', `hotset:writes:{${name}}:owner`)
  expect(text(await other.open())).toEqual(['kept'])
  await expect(log.append(Buffer.from('late'))).rejects.toThrow('belongs to another process')
  log.release([position])
  await log.close()
  await other.close()
  expect(text((await opened(redisLog({ url, name }))).records)).toEqual(['kept'])
})

test('redis: the stream is bounded, and a batch is appended as a whole or not at all', async () => {
  const log = redisLog({ url: `redis://127.0.0.1:${server.port}`, name: 'small', maxRecords: 3 })
  onTestFinished(() => log.close())
  await log.open()
  const first = await log.append(Buffer.from('1'))
  const batch = await Promise.allSettled(
    ['2', '3', '4'].map((word) => log.append(Buffer.from(word))),
  )
  for (const { status } of batch) expect(status).toBe('rejected')
  await expect(log.append(Buffer.from('2'))).resolves.toBeTypeOf('string')
  log.release([first])
})
