import { shuffled } from '../draws.mjs'
import { median } from '../statistics.mjs'
import { Worker } from '../worker.mjs'
import { askingCores, servingCore } from './pinning.mjs'
import { faultsOf } from './smoke.mjs'

const server = new URL('server.mjs', import.meta.url)
const asker = new URL('asker.mjs', import.meta.url)
const connections = 64
/**
 * With less room for what is new, V8 sometimes collects at a moment of the start after which every turn of the
 * event loop costs a server more, whatever it serves: it is the imports that decide (decision 14).
 */
const calm = ['--min-semi-space-size=16']

/**
 * Times several servers, each in a process of its own, on one core that they share, and in another
 * order every time: only one works at any time. Those who ask are on other cores. Answers a result or
 * a failure for each subject, in order.
 */
export async function race(subjects, { warmUp, turns, ms, random, onStep }) {
  const askers = await Promise.all(askingCores.map(startAsker))
  const racers = []
  try {
    for (const subject of subjects) {
      onStep(subject.name)
      const racer = { subject, worker: new Worker(server, calm), turns: [] }
      racers.push(racer)
      await attempt(racer, () => prepare(racer, askers, warmUp))
    }
    for (let turn = 0; turn < turns; turn++) {
      for (const racer of shuffled(racers.filter(isRacing), random)) {
        await attempt(racer, async () => racer.turns.push(await takeTurn(racer, askers, ms)))
      }
    }
  } finally {
    await Promise.all([...askers, ...racers.map(({ worker }) => worker)].map((one) => one.stop()))
  }
  return racers.map(resultOf)
}

const isRacing = ({ failure, absent }) => !failure && !absent

async function startAsker(core) {
  const worker = new Worker(asker)
  await worker.ask({ core })
  return worker
}

async function attempt(racer, step) {
  try {
    await step()
  } catch (error) {
    racer.failure = new Error(error.message.split('\n')[0])
  }
}

/** Nothing is timed that answers wrongly. */
async function prepare(racer, askers, warmUp) {
  const { subject, worker } = racer
  const { port, absent } = await worker.ask({ open: subject.file, core: servingCore })
  racer.absent = absent
  if (absent) return
  racer.port = port
  racer.faults = await faultsOf(subject, port)
  const fault = racer.faults.find((one) => !subject.known.includes(one))
  if (fault !== undefined) throw new Error(fault)
  await takeTurn(racer, askers, warmUp)
}

async function takeTurn({ subject: { path, isMissed }, worker, port }, askers, ms) {
  const task = { port, path, isMissed, connections: connections / askers.length, ms }
  const before = await worker.ask({})
  const answers = await Promise.all(askers.map((one) => one.ask(task)))
  const after = await worker.ask({})
  const requests = answers.reduce((sum, answer) => sum + answer.requests, 0)
  const elapsed = Math.max(...answers.map((answer) => answer.elapsed))
  const us = after.cpu - before.cpu
  return {
    rps: (requests / elapsed) * 1e3,
    us: us / requests,
    busy: us / 1e3 / elapsed,
  }
}

function resultOf({ failure, absent, faults, turns }) {
  if (failure) return { failure }
  if (absent) return { absent }
  const middle = (name) => median(turns.map((turn) => turn[name]))
  return { rps: middle('rps'), us: middle('us'), busy: middle('busy'), faults }
}
