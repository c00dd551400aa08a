/** A noncharacter, which no text contains by accident. */
const mark = '\uffff'
const unusual = /[\uffff\ud800-\udfff]/
/** With `u`, surrogates match only where they stand alone. */
const special = /[\uffff\ud800-\udfff]/gu
const escaped = /\uffff(....)/gsu

/** A string that survives UTF-8: lone surrogates, which UTF-8 has no bytes for, become their codes. */
export function redisKey(key: string): string {
  if (!unusual.test(key)) return key
  return key.replace(special, (unit) => mark + unit.charCodeAt(0).toString(16))
}

export function keyOfRedis(text: string): string {
  return text.replace(escaped, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}

/** What `SCAN … MATCH` must be told to find all keys that begin with the prefix, and perhaps others. */
export function patternOf(prefix: string): string {
  // The other half of a character may follow.
  const whole = prefix.replace(/[\ud800-\udbff]$/, '')
  return `${redisKey(whole).replace(/[\\*?[\]^]/g, '\\$&')}*`
}
