// What is broken, one thing a minute. Each says how long it lasts, in milliseconds, and puts right what it did.
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

const lasting = 5_000

/**
 * `redis` is the server, `ask` sends it a command; the victim is the process that may be killed, the
 * others live as long as the soak.
 */
export const faults = [
  {
    name: 'Redis is frozen',
    async run({ redis }) {
      redis.signal('SIGSTOP')
      await pause(lasting)
      redis.signal('SIGCONT')
    },
  },
  {
    name: 'a process is killed',
    async run({ victim }) {
      await victim.kill()
      await pause(lasting)
      await victim.start()
    },
  },
  {
    name: 'Redis loses its connections',
    async run({ ask }) {
      for (let i = 0; i < 10; i++) {
        await ask('CLIENT', 'KILL', 'TYPE', 'normal')
        await ask('CLIENT', 'KILL', 'TYPE', 'pubsub')
        await pause(500)
      }
    },
  },
  {
    name: 'Redis is killed, and comes back empty',
    async run({ redis }) {
      await redis.kill()
      await pause(lasting)
      await redis.start()
    },
  },
  {
    name: 'Redis is full',
    async run({ ask }) {
      await ask('CONFIG', 'SET', 'maxmemory', '1mb')
      await pause(lasting)
      await ask('CONFIG', 'SET', 'maxmemory', '0')
    },
  },
  {
    name: 'a process is stopped',
    paused: true,
    async run({ victim }) {
      victim.signal('SIGSTOP')
      await pause(lasting)
      victim.signal('SIGCONT')
    },
  },
  {
    name: 'Redis loses everything',
    run: ({ ask }) => ask('FLUSHALL'),
  },
  {
    name: 'Redis has garbage under 500 keys',
    async run({ ask }) {
      for (let i = 0; i < 500; i++) {
        const key = await ask('RANDOMKEY')
        if (key !== null) await ask('SET', key, randomBytes(40), 'PX', '30000')
      }
    },
  },
  {
    name: 'an event loop is blocked',
    paused: true,
    async run({ victim }) {
      victim.send({ verb: 'block', ms: 3_000 })
      await pause(3_000)
    },
  },
  {
    name: 'Redis pauses all clients',
    async run({ ask }) {
      await ask('CLIENT', 'PAUSE', '3000', 'ALL')
      await pause(3_000)
    },
  },
]
