import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Gate, gateBytes } from '../../src/stores/lmdb/gate.ts'

let directory: string
let gates: Gate[]

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hotset-lmdb-'))
  await writeFile(join(directory, 'gate'), new Uint8Array(gateBytes))
  gates = []
})

afterEach(async () => {
  for (const gate of gates) gate.close()
  await rm(directory, { recursive: true })
})

function open(): Gate {
  const gate = new Gate(join(directory, 'gate'), () => gates.length)
  gates.push(gate)
  return gate
}

test('who opens waits for those who write', async () => {
  const [one, other, opener] = [open(), open(), open()]
  const events: string[] = []
  await one.enter()
  await other.enter()
  const opened = opener.quietly(() => events.push('opened'))
  one.leave()
  // Now that quiet is wanted, nobody begins to write again.
  const entered = one.enter().then(() => events.push('entered'))
  events.push('left')
  other.leave()
  await Promise.all([opened, entered])
  expect(events).toEqual(['left', 'opened', 'entered'])
  one.leave()
})

test('it waits no longer for one who has died, and asks for quiet no longer when it failed', async () => {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  const places = new Uint32Array(gateBytes / 4)
  places[gateBytes / 4 - 1] = child.pid as number
  await writeFile(join(directory, 'gate'), places)
  const gate = open()
  const failed = gate.quietly(() => {
    throw new Error('failed')
  })
  await expect(failed).rejects.toThrow('failed')
  await gate.enter()
  gate.leave()
})

test('it does not wait for ever for one who is stopped', async () => {
  const [writer, opener] = [open(), open()]
  await writer.enter()
  await expect(opener.quietly(() => 'opened')).rejects.toThrow('stopped')
  writer.leave()
  expect(await opener.quietly(() => 'opened')).toBe('opened')
})
