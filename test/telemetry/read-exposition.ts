/** One family of a text exposition, as a reader that knows nothing of its writer understands it. */
export interface ReadFamily {
  readonly help: string
  readonly type: string
  readonly samples: Map<string, number>
}

/** Reads the text format, version 0.0.4, character by character; throws for whatever it does not allow. */
export function readExposition(text: string): Map<string, ReadFamily> {
  const families = new Map<string, ReadFamily>()
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line does not end')
  let current: { name: string; family: ReadFamily } | undefined
  let help = ''
  for (const line of text.split('\n').slice(0, -1)) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line)
    if (comment?.[1] === 'HELP') help = plainText(comment[3] as string, false)
    else if (comment?.[1] === 'TYPE') {
      const name = comment[2] as string
      if (families.has(name)) throw new Error(`${name} comes twice`)
      current = { name, family: { help, type: comment[3] as string, samples: new Map() } }
      families.set(name, current.family)
    } else {
      if (current === undefined) throw new Error(`a sample without a type: ${line}`)
      const [series, value] = readSample(line)
      const suffix = /^(?:_bucket|_sum|_count)?(?=\{|$)/
      if (!series.startsWith(current.name)) throw new Error(`${series} is not of ${current.name}`)
      if (!suffix.test(series.slice(current.name.length))) throw new Error(`odd name: ${series}`)
      if (current.family.samples.has(series)) throw new Error(`${series} comes twice`)
      current.family.samples.set(series, value)
    }
  }
  return families
}

/** The series, its labels as JSON, and its value. */
function readSample(line: string): [series: string, value: number] {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0] ?? ''
  let at = name.length
  const labels: Record<string, string> = {}
  if (line[at] === '{') {
    at++
    while (line[at] !== '}') {
      const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="/.exec(line.slice(at))
      if (label === null) throw new Error(`no label at ${at}: ${line}`)
      at += label[0].length
      const from = at
      while (line[at] !== '"') {
        if (at >= line.length) throw new Error(`a label does not end: ${line}`)
        at += line[at] === '\\' ? 2 : 1
      }
      labels[label[1] as string] = plainText(line.slice(from, at), true)
      at++
      if (line[at] === ',') at++
    }
    at++
  }
  const value = line.slice(at)
  if (!/^ (?:[+-]?Inf|NaN|[-+]?[0-9.]+(?:e[-+]?\d+)?)$/.test(value))
    throw new Error(`no value: ${line}`)
  const number = value.trim().replace('Inf', 'Infinity')
  const shown = Object.keys(labels).length === 0 ? '' : JSON.stringify(labels)
  return [name + shown, Number(number)]
}

function plainText(text: string, isLabel: boolean): string {
  let plain = ''
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '\\') {
      plain += text[i]
      continue
    }
    const next = text[++i]
    if (next === '\\') plain += '\\'
    else if (next === 'n') plain += '\n'
    else if (next === '"' && isLabel) plain += '"'
    else throw new Error(`nothing is written as \\${next}`)
  }
  return plain
}
