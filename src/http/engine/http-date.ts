const weekday = '(?:mon|tue|wed|thu|fri|sat|sun)'
const weekdayInFull = '(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)'
const months = 'jan feb mar apr may jun jul aug sep oct nov dec'
const month = `(${months.replaceAll(' ', '|')})`
const time = String.raw`(\d\d):(\d\d):(\d\d)`

/** The three forms of RFC 9110 §5.6.7, and nothing that resembles them but for its case. */
const fixed = new RegExp(String.raw`^${weekday}, (\d\d) ${month} (\d{4}) ${time} gmt$`, 'i')
const rfc850 = new RegExp(String.raw`^${weekdayInFull}, (\d\d)-${month}-(\d\d) ${time} gmt$`, 'i')
const asctime = new RegExp(String.raw`^${weekday} ${month} ([ \d]\d) ${time} (\d{4})$`, 'i')
const longest = 'Wednesday, 01-Jan-00 00:00:00 GMT'.length

/** Epoch milliseconds of a date; `now` tells the century where the year has two digits. */
export function parseHttpDate(text: string, now: number): number | undefined {
  if (text.length > longest) return undefined
  let match = fixed.exec(text)
  if (match) {
    const [, day, name, year, h, m, s] = match
    return instant(Number(year), name, day, h, m, s)
  }
  match = asctime.exec(text)
  if (match) {
    const [, name, day, h, m, s, year] = match
    return instant(Number(year), name, day, h, m, s)
  }
  match = rfc850.exec(text)
  if (!match) return undefined
  const [, day, name, digits, h, m, s] = match
  const thisYear = new Date(now).getUTCFullYear()
  let year = thisYear - (thisYear % 100) + Number(digits)
  // §5.6.7: what seems more than 50 years ahead is of the past.
  if (year > thisYear + 50) year -= 100
  return instant(year, name, day, h, m, s)
}

function instant(year: number, name?: string, d?: string, h?: string, m?: string, s?: string) {
  const [day, hour, minute, second] = [Number(d), Number(h), Number(m), Number(s)]
  if (hour > 23 || minute > 59 || second > 60) return undefined
  const date = new Date(0)
  date.setUTCFullYear(year, months.indexOf(`${name}`.toLowerCase()) / 4, day)
  if (date.getUTCDate() !== day) return undefined
  return date.setUTCHours(hour, minute, second)
}

export function formatHttpDate(instant: number): string {
  return new Date(instant).toUTCString()
}
