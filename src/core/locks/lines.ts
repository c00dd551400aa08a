/** Of those who wait for one name one at a time is in front; the others stand in line. */
export class Lines {
  readonly #lines = new Map<string, (() => void)[]>()

  /** Runs `body` in front of the line. Who gives up before leaves it, and rejects with the reason. */
  async run<T>(name: string, signal: AbortSignal, body: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(name)
    if (line === undefined) this.#lines.set(name, [])
    else await turnIn(line, signal)
    try {
      return await body()
    } finally {
      const next = this.#lines.get(name)?.shift()
      if (next === undefined) this.#lines.delete(name)
      else next()
    }
  }
}

function turnIn(line: (() => void)[], signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const turn = () => {
      signal.removeEventListener('abort', leave)
      resolve()
    }
    const leave = () => {
      line.splice(line.indexOf(turn), 1)
      reject(signal.reason)
    }
    line.push(turn)
    signal.addEventListener('abort', leave)
  })
}
