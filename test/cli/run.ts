import { Readable, Writable } from 'node:stream'
import type { Stream, Terminal } from '../../src/cli/command.ts'
import { main } from '../../src/cli/main.ts'

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Surroundings {
  /** What the standard input has. @default nothing */
  readonly input?: string | Uint8Array | undefined
  /** Somebody sits there. @default false */
  readonly isTTY?: boolean | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly directory?: string | undefined
  /** Ends the command. */
  readonly interruption?: AbortSignal | undefined
  /** Told of each piece that is printed, wherever. */
  readonly onOutput?: ((text: string) => void) | undefined
}

/** Runs the tool in this process. */
export async function hotset(
  args: readonly string[],
  { input = '', isTTY = false, env = {}, directory = '.', ...rest }: Surroundings = {},
): Promise<Ended> {
  const [stdout, stderr] = [sink(isTTY, rest.onOutput), sink(isTTY, rest.onOutput)]
  const terminal: Terminal = {
    stdin: Object.assign(Readable.from([Buffer.from(input)]), { isTTY }),
    stdout: stdout.stream,
    stderr: stderr.stream,
    env,
    directory,
    interrupted: () => rest.interruption ?? new AbortController().signal,
  }
  const code = await main(args, terminal)
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}

/** What it printed as JSON, where it was done. */
export async function json<T>(args: readonly string[], surroundings?: Surroundings): Promise<T> {
  const { code, stdout, stderr } = await hotset([...args, '--json'], surroundings)
  if (code !== 0) throw new Error(`Exit code ${code}: ${stderr}`)
  return JSON.parse(stdout)
}

function sink(isTTY: boolean, onOutput: (text: string) => void = () => {}) {
  const chunks: Buffer[] = []
  const stream: Stream = Object.assign(
    new Writable({
      write(chunk, _, done) {
        chunks.push(Buffer.from(chunk))
        onOutput(String(chunk))
        done()
      },
    }),
    { isTTY, columns: 100, rows: 30 },
  )
  return { stream, text: () => Buffer.concat(chunks).toString() }
}
