import { ConfigError } from './errors.ts'

/** How a value is shown in a message: short, quoted, and never running its code. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  }
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'an array' : 'an object'
  return String(value)
}

/** The one form of message for a broken rule: the option, the rule, the value. */
export function invalid(option: string, rule: string, value: unknown): ConfigError {
  return new ConfigError(
    `Expected \`${option}\` to be ${rule}, got ${show(value)} (${typeof value})`,
  )
}

export function expectNumber(option: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw invalid(
      option,
      max === Infinity ? `a number from ${min} up` : `a number from ${min} to ${max}`,
      value,
    )
  }
  return value
}

export function expectInteger(option: string, value: unknown, min: number, max: number): number {
  if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
    const range = max === Number.MAX_SAFE_INTEGER ? `from ${min} up` : `from ${min} to ${max}`
    throw invalid(option, `a whole number ${range}`, value)
  }
  return value as number
}

export function expectFunction(option: string, value: unknown): void {
  if (typeof value !== 'function') throw invalid(option, 'a function', value)
}

export function expectString(option: string, value: unknown): string {
  if (typeof value !== 'string' || value === '')
    throw invalid(option, 'a string that is not empty', value)
  return value
}

/** An object whose members are all known: a misspelt option is an error, not a default. */
export function expectOptions(subject: string, options: unknown, known: ReadonlySet<string>): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid(subject, 'an object of options', options)
  }
  for (const name of Object.keys(options)) {
    if (!known.has(name)) {
      throw new ConfigError(
        `Unknown option \`${name}\` of ${subject}; it knows ${[...known].join(', ')}`,
      )
    }
  }
}
