import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { SplitMix } from '../../src/kernel/split-mix.ts'
import { temporaryDirectory } from '../unit/temporary-directory.ts'
import { postgresWith } from './postgres-with.ts'

const program = fileURLToPath(new URL('../programs/write-behind.mjs', import.meta.url))
const lives = 200
const owners = [1, 2, 3, 4]
/** A life ends when it has said so many lines, or fewer: in the midst of opening, writing, saving. */
const mostLines = 120

const database = postgresWith(`
  create table stock (id text primary key, n int not null);
  create table history (at serial, id text not null, n int not null, name text not null)`)

/** Lives once, and dies at the line of this number; answers what it said. */
async function live(log: string, owner: number, life: number, lastLine: number): Promise<string[]> {
  const coalesce = owner % 2 === 0
  const child = spawn(
    process.execPath,
    [program, database.url(), log, `${owner}`, `${life}`, `${coalesce}`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const said: string[] = []
  if (lastLine === 0) child.kill('SIGKILL')
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line)
    if (said.length === lastLine) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  expect(child.signalCode ?? child.exitCode).toBe(life === 0 ? 0 : 'SIGKILL')
  return said
}

test(`kill -9 at ${lives} instants: every acknowledged write reaches the database, in order`, async () => {
  const directory = temporaryDirectory()
  const acknowledged = new Map<string, number[]>()
  await Promise.all(
    owners.map(async (owner) => {
      const dice = new SplitMix(owner)
      const log = join(directory, `${owner}`)
      for (let life = 1; life <= lives / owners.length; life++) {
        for (const line of await live(log, owner, life, dice.below(mostLines))) {
          const [what, id = '', n] = line.split(' ')
          if (what !== 'ack') continue
          acknowledged.set(id, [...(acknowledged.get(id) ?? []), Number(n)])
        }
      }
      await live(log, owner, 0, Infinity)
    }),
  )
  const stock = await database.rows<{ id: string; n: number }>('select id, n from stock')
  const history = await database.rows<{ id: string; n: number; name: string }>(
    'select id, n, name from history order by at',
  )
  const last = new Map(stock.map(({ id, n }) => [id, n]))
  expect(acknowledged.size).toBe(owners.length * 8)
  let replayed = 0
  for (const [id, numbers] of acknowledged) {
    const reached = history.filter((row) => row.id === id)
    const first = [...new Set(reached.map(({ n }) => n))]
    expect(first).toEqual(first.toSorted((a, b) => a - b))
    expect(last.get(id)).toBe(first.at(-1))
    expect(last.get(id)).toBeGreaterThanOrEqual(numbers.at(-1) as number)
    // Every attempt of one write has the same name, and no other has it.
    expect(new Set(reached.map(({ name }) => name)).size).toBe(first.length)
    replayed += reached.length - first.length
    const coalesced = Number(id.split(':')[0]) % 2 === 0
    const found = new Set(first)
    if (!coalesced) expect(numbers.filter((n) => !found.has(n))).toEqual([])
  }
  expect(replayed).toBeGreaterThan(0)
})
