import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('./worker.mjs', import.meta.url))

/** A process of the soak, which may have several lives; `onReport` is told what it says. */
export function soakProcess(options, onReport) {
  let child
  let life = 0
  const end = () => child?.kill('SIGKILL')
  process.on('exit', end)
  return {
    async start() {
      const argument = JSON.stringify({ ...options, life: life++ })
      child = fork(program, [argument], { execArgv: ['--expose-gc', '--no-warnings'] })
      await once(child, 'message')
      child.on('message', onReport)
    },
    signal: (name) => child.kill(name),
    send: (message) => child.send(message),
    async kill() {
      const exit = once(child, 'exit')
      end()
      await exit
    },
    async finish() {
      const exit = once(child, 'exit')
      child.send({ verb: 'end' })
      const [code, signal] = await exit
      process.off('exit', end)
      if (code !== 0) throw new Error(`Process ${options.worker} ended with ${code ?? signal}`)
    },
  }
}
