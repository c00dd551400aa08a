import { fork } from 'node:child_process'
import { once } from 'node:events'

/** Milliseconds. Nothing that is asked takes longer than some seconds unless it hangs. */
const patience = 120_000

/** A process of its own, which runs a script that `serve`s. It does nothing until it is asked. */
export class Worker {
  #process
  #gone

  /** `flags` are Node's. */
  constructor(script, flags = []) {
    this.#process = fork(script, { execArgv: ['--expose-gc', ...flags] })
    this.#gone = once(this.#process, 'exit')
  }

  async ask(question) {
    const late = AbortSignal.timeout(patience)
    const answered = once(this.#process, 'message', { signal: late })
    const gone = this.#gone.then(([code, signal]) => [
      { failure: `it ended with ${signal ?? code}` },
    ])
    this.#process.send(question)
    const [{ answer, failure }] = await Promise.race([answered, gone])
    if (failure !== undefined) throw new Error(failure)
    return answer
  }

  async stop() {
    this.#process.kill()
    await this.#gone
  }
}

/** One question to a process that lives for it alone. */
export async function askOnce(script, question) {
  const worker = new Worker(script)
  try {
    return await worker.ask(question)
  } finally {
    await worker.stop()
  }
}

/** The other end: in the process itself. */
export function serve(work) {
  process.on('message', async (question) => {
    try {
      process.send({ answer: await work(question) })
    } catch (error) {
      process.send({ failure: error.message })
    }
  })
  process.on('disconnect', () => process.exit())
}
