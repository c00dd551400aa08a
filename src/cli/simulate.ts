import { writeFile } from 'node:fs/promises'
import { curvesOf } from '../simulator/hit-ratio-curves.ts'
import { hitRatioSvg } from '../simulator/hit-ratio-svg.ts'
import { optimum, policyNames } from '../simulator/policies.ts'
import { parseTrace, readTrace } from '../simulator/read-trace.ts'
import {
  checkSimulateOptions,
  defaultPolicies,
  defaultSizes,
  type SimulateOptions,
  type SimulationResult,
  simulate as simulateTrace,
} from '../simulator/simulate.ts'
import type { Trace } from '../simulator/trace.ts'
import { traceFormat, traceFormats } from '../simulator/trace-formats.ts'
import { asUsage } from './as-usage.ts'
import { type Command, command, type Terminal, type Values } from './command.ts'
import { hitRatioPlot } from './hit-ratio-plot.ts'
import { hitRatioTable } from './hit-ratio-table.ts'
import { painter } from './paint.ts'
import { type ProgressBar, progressBar } from './progress-bar.ts'

/** Fewer make no curve. */
const fewestForCurve = 3

const flags = {
  policies: {
    value: 'a,b',
    help: `${policyNames.join(', ')} (default ${defaultPolicies.join(',')}; ${optimum} is the optimum, always shown)`,
  },
  sizes: {
    value: '500,5%',
    help: `entries, or shares of the different keys (default ${defaultSizes.join(',')})`,
  },
  'by-weight': { help: 'sizes are sums of weights, such as 64mb' },
  format: {
    value: 'name',
    choices: traceFormats,
    help: 'of the file (default: by its name and first bytes)',
  },
  key: { value: 'column', help: 'of CSV: name or number of the column of the keys' },
  'size-column': { value: 'column', help: 'of CSV: name or number of the column of the sizes' },
  json: { help: 'prints an array of {trace, policy, size, requests, hits, hitRatio}' },
  svg: { value: 'file', help: 'writes the curves as a picture', isFile: true },
  seed: { value: 'n', help: 'begins the random numbers of policies (default 0)' },
} as const

/**
 * What hit ratio a cache would have had: see [the guide](../operate/simulate.md). `-` is the
 * standard input.
 *
 * Each element of the array is `{ trace, policy, size, requests, hits, hitRatio }`, by trace, then
 * size, then policy; `hitRatio` is from 0 to 1, `trace` the file's name without folder and endings.
 * Traces with sizes add `byteHitRatio`. `belady` is in the array only when it is asked for.
 */
export const simulate: Command = command({
  details: `
What hit ratio would a cache have had? Runs the policies of the cache on recorded traffic.
TRACE is a file, compressed by gzip or not; - reads the standard input.`,
  operands: [{ name: 'trace', expected: 'a trace', many: true, isFile: true }],
  flags,
  async run(files, values, terminal) {
    const { format, key, size, json, svg, policies, ...options } = read(values)
    const drawn = json && svg === undefined ? policies : [...new Set([...policies, optimum])]
    const results: SimulationResult[] = []
    const bar = progressBar(terminal.stderr)
    try {
      for (const file of files) {
        const onProgress = progressOf(bar, 'reading', file)
        const trace = await open(file, { format, key, size, onProgress }, terminal)
        const ran = await simulateTrace(trace, {
          ...options,
          policies: drawn,
          onProgress: progressOf(bar, 'simulating', file),
        })
        results.push(...ran)
        bar.clear()
        if (!json) terminal.stdout.write(report(trace, ran, terminal))
      }
    } finally {
      bar.clear()
    }
    if (json) {
      const asked = results.filter(({ policy }) => policies.includes(policy))
      terminal.stdout.write(`${JSON.stringify(asked, undefined, 2)}\n`)
    }
    const unit = options.byWeight ? 'weight' : 'entries'
    if (svg !== undefined) await writeFile(svg, hitRatioSvg(results, { unit }))
  },
})

function read(values: Values<typeof flags>) {
  const { seed } = values
  const options = {
    policies: values.policies === undefined ? defaultPolicies : list(values.policies),
    sizes: values.sizes === undefined ? defaultSizes : list(values.sizes),
    byWeight: values['by-weight'] ?? false,
    seed: seed === undefined ? 0 : /^\d+$/.test(seed) ? Number(seed) : Number.NaN,
  }
  asUsage(() => {
    checkSimulateOptions(options)
    if (values.format !== undefined) traceFormat(values.format)
  })
  return {
    ...options,
    format: values.format,
    key: values.key,
    size: values['size-column'],
    json: values.json ?? false,
    svg: values.svg,
  }
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function open(
  file: string,
  options: Parameters<typeof readTrace>[1],
  { stdin }: Terminal,
): Promise<Trace> {
  return file === '-' ? parseTrace('stdin', stdin, options) : readTrace(file, options)
}

function progressOf(bar: ProgressBar, what: string, file: string): SimulateOptions['onProgress'] {
  return (done, total) => bar.show(`${what} ${file}`, total === 0 ? 1 : done / total)
}

function report(trace: Trace, results: readonly SimulationResult[], terminal: Terminal): string {
  const paint = painter(terminal.stdout, terminal)
  const count = trace.keys.length.toLocaleString('en')
  const title = `${paint('bold', trace.name)}  ${count} requests, ${trace.unique.toLocaleString('en')} keys, hit ratio in %`
  const [curves] = curvesOf(results)
  if (!curves || trace.keys.length === 0) return `${title}\n\n`
  const parts = [title, hitRatioTable(curves, paint)]
  const sizes = curves.curves[0]?.points.length ?? 0
  if (sizes >= fewestForCurve) parts.push(hitRatioPlot(curves, paint))
  return `${parts.join('\n\n')}\n\n`
}
