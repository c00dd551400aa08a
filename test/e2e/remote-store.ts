import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Store } from '../../src/contracts/store.ts'

export interface RemoteOptions {
  readonly directory: string
  readonly maxBytes: string
}

type Methods = Required<Omit<Store, 'name' | 'local' | 'scan' | 'getHeads'>> & {
  fill(path: string): Promise<void>
  free(path: string): Promise<void>
  count(key: string, to: number): Promise<number>
  reopen(times: number): Promise<void>
  exit(): Promise<void>
}

interface Call {
  readonly resolve: (answer: never) => void
  readonly reject: (error: Error) => void
}

/** Path of a program of the tests. */
export function program(name: string): string {
  return fileURLToPath(new URL(`../programs/${name}`, import.meta.url))
}

/** A store in a process of its own. What the process does not answer rejects when it is gone. */
export class RemoteStore {
  readonly process: ChildProcess
  readonly #calls = new Map<number, Call>()
  #last = 0

  /** `wrapper` is a command that runs the command which is appended to it. */
  constructor(options: RemoteOptions, wrapper: readonly string[] = []) {
    const command = [...wrapper, process.execPath, program('lmdb-process.mjs')]
    this.process = spawn(command[0] as string, [...command.slice(1), JSON.stringify(options)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    })
    this.process.on('message', (message) => {
      const { id, answer, error } = message as { id: number; answer: never; error?: string }
      const call = this.#calls.get(id)
      this.#calls.delete(id)
      if (error === undefined) call?.resolve(answer)
      else call?.reject(new Error(error))
    })
    this.process.on('exit', (code, signal) => {
      for (const { reject } of this.#calls.values()) reject(new Error(`gone: ${signal ?? code}`))
      this.#calls.clear()
    })
  }

  call<M extends keyof Methods>(
    method: M,
    ...args: Parameters<Methods[M]>
  ): Promise<Awaited<ReturnType<Methods[M]>>> {
    return new Promise((resolve, reject) => {
      const id = ++this.#last
      this.#calls.set(id, { resolve, reject })
      this.process.send({ id, method, args }, (error) => error && reject(error))
    })
  }

  /** Resolves when the process is gone, with its signal or its code. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<string | number> {
    const { exitCode, signalCode } = this.process
    if (signalCode ?? exitCode !== null) return signalCode ?? (exitCode as number)
    this.process.kill(signal)
    const [code, by] = await once(this.process, 'exit')
    return by ?? code
  }
}
