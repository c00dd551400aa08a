import type { Attributes, Sample } from './metrics.ts'

export const contentType = 'text/plain; version=0.0.4; charset=utf-8'

/** What has one name in the text format of Prometheus, version 0.0.4. */
export interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  /** `suffix` is what a histogram's parts have after the name. */
  readonly samples: readonly (Sample & { readonly suffix?: string })[]
}

/** Families without samples are left out. */
export function exposition(families: readonly Family[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(
      ({ name, type, help, samples }) =>
        `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${samples
          .map(({ suffix = '', attributes, value }) => line(name + suffix, attributes, value))
          .join('')}`,
    )
    .join('')
}

/** The name that OpenTelemetry's exporter would give it. */
export function prometheusName(name: string, unit: string, isCounter: boolean): string {
  const units: Readonly<Record<string, string>> = { By: '_bytes', s: '_seconds' }
  return `${name.replaceAll('.', '_')}${units[unit] ?? ''}${isCounter ? '_total' : ''}`
}

function line(name: string, attributes: Attributes, value: number): string {
  const labels = Object.entries(attributes).map(
    ([label, text]) => `${label}="${escapeLabel(text)}"`,
  )
  return `${name}${labels.length === 0 ? '' : `{${labels.join(',')}}`} ${numberText(value)}\n`
}

function numberText(value: number): string {
  return value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : `${value}`
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"')
}
