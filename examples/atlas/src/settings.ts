import { parseArgs } from 'node:util'

export const usage = `Usage: npm start -- [options]
  --json          prints the result as one JSON object, on the last line
  --serve         keeps the site running afterwards, on PORT or a free port
  --requests <n>  replays the first n requests of the trace in every phase`

export interface Settings {
  readonly json: boolean
  readonly serve: boolean
  /** Undefined for as many as there is time for. */
  readonly requests: number | undefined
  /** 0 for a free one. */
  readonly port: number
}

/** The settings of the command line, or a sentence that says what is wrong with it. */
export function readSettings(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Settings | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        serve: { type: 'boolean', default: false },
        requests: { type: 'string' },
      },
    })
    const { json, serve, requests } = values
    if (requests !== undefined && !/^[1-9]\d*$/.test(requests)) {
      return `Expected --requests to be a whole number from 1 up, got ${requests}`
    }
    const port = environment.PORT ?? '0'
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
      return `Expected PORT to be a port number, got ${port}`
    }
    return { json, serve, requests: requests ? Number(requests) : undefined, port: Number(port) }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
