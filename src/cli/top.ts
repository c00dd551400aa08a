import { milliseconds } from '../kernel/duration.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { asUsage, wholeNumber } from './as-usage.ts'
import { type Command, command, type Terminal, UsageError } from './command.ts'
import { openScreen } from './live-screen.ts'
import { targetFlags, withTarget } from './open-target.ts'
import { painter } from './paint.ts'
import { type Peer, peersOf } from './process-reports.ts'
import { statsInJson, usageOf } from './stats.ts'
import type { Target } from './target.ts'
import { topFrame } from './top-frame.ts'
import { writeJsonLine } from './write-out.ts'

/**
 * The same, live, with reads and loads a second and the keys that are read most. It ends with `q`,
 * Ctrl-C or a signal, and leaves the terminal as it was. With `--json`, which needs no terminal,
 * each look is a line as of `stats`, with `at`.
 */
export const top: Command = command({
  details: `
What hotset stats shows, live: how many reads and loads there are a second, how many of the reads hit,
which keys are read most, and how each process is. It ends with q or Ctrl-C.`,
  flags: {
    ...targetFlags,
    interval: { value: 'duration', help: 'looks so often (default 2s)' },
    count: { value: 'n', help: 'ends after so many looks' },
    json: { help: 'prints a line of JSON a look' },
  },
  run(_, values, terminal) {
    const { interval = '2s', json = false } = values
    const pause = asUsage(() => milliseconds('interval', interval))
    const count = wholeNumber('count', values.count) ?? Infinity
    if (!json && !terminal.stdout.isTTY) {
      throw new UsageError('Expected a terminal: use --json, or hotset stats')
    }
    return withTarget(values, terminal, (target) =>
      json ? tell(target, pause, count, terminal) : show(target, pause, count, terminal),
    )
  },
})

async function tell(target: Target, pause: number, count: number, terminal: Terminal) {
  const interrupted = terminal.interrupted()
  for (let look = 1; !interrupted.aborted; look++) {
    const [usage, peers] = await Promise.all([usageOf(target), peersOf(target)])
    await writeJsonLine(terminal.stdout, { at: Date.now(), ...statsInJson(target, usage, peers) })
    if (look >= count) return
    await waited(pause, interrupted)
  }
}

async function show(target: Target, pause: number, count: number, terminal: Terminal) {
  const screen = openScreen(terminal)
  const paint = painter(terminal.stdout, terminal)
  let before: readonly Peer[] = []
  try {
    for (let look = 1; !screen.ended.aborted; look++) {
      const [usage, peers] = await Promise.all([usageOf(target), peersOf(target)])
      const earlier = before
      screen.draw(() => topFrame({ target, usage, peers, before: earlier }, paint))
      before = peers
      if (look >= count) return
      await waited(pause, screen.ended)
    }
  } finally {
    screen.close()
  }
}

function waited(ms: number, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ended.aborted) return resolve()
    const done = () => {
      cancel()
      ended.removeEventListener('abort', done)
      resolve()
    }
    const cancel = systemClock.schedule(ms, done, 'foreground')
    ended.addEventListener('abort', done)
  })
}
