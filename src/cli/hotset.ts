#!/usr/bin/env node
import { main } from './main.ts'
import { printable } from './printable.ts'

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

// In one line, like all that the tool says.
process.removeAllListeners('warning')
process.on('warning', ({ message }) => process.stderr.write(`Warning: ${printable(message)}\n`))

let interruption: AbortController | undefined
const exitCode = await main(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  directory: process.cwd(),
  interrupted() {
    const controller = interruption ?? new AbortController()
    if (interruption === undefined) {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.once(signal, () => controller.abort())
      }
    }
    interruption = controller
    return controller.signal
  },
})
// A module of the project may have opened what would keep this process alive.
process.stdout.write('', () => process.exit(exitCode))
