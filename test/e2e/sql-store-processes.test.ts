import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { betterSqlite, mariadb, postgres, stopServers } from '../servers/sql-drivers.ts'

const program = fileURLToPath(new URL('../programs/sql-racer.mjs', import.meta.url))
const keys = 100

afterAll(stopServers)

test.each([postgres, mariadb, betterSqlite])(
  'of 4 processes over $name one wins each key',
  async ({ open }) => {
    const place = await open()
    const racers = Array.from({ length: 4 }, (_, i) => {
      const child = spawn(process.execPath, [program, place.url, `${i}`])
      const errors: string[] = []
      child.stderr.on('data', (text) => errors.push(String(text)))
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      return { child, errors, lines, ended: once(child, 'close') }
    })
    onTestFinished(async () => {
      for (const { child, ended } of racers) {
        child.stdin.end()
        await ended
      }
      await place.leave()
    })
    // They make the table together, too.
    for (const job of ['add', 'replace', 'remove', 'add']) {
      for (const { child } of racers) child.stdin.write(`${job}\n`)
      const won = await Promise.all(racers.map(async ({ lines }) => (await lines.next()).value))
      expect(racers.flatMap(({ errors }) => errors)).toEqual([])
      expect(won.reduce((sum, count) => sum + Number(count), 0)).toBe(keys)
    }
  },
)
