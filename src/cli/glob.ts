/** Which keys are meant. */
export interface Pattern {
  /** How all of them begin. */
  readonly prefix: string
  matches(key: string): boolean
}

export const everything: Pattern = { prefix: '', matches: () => true }

/** `*` is any text, `?` one character, `[a-c]` one of those, and `\` takes the next as it is. */
export function glob(text: string): Pattern {
  let source = ''
  let prefix = ''
  let isPlain = true
  for (let i = 0; i < text.length; i++) {
    const sign = text[i] as string
    const set = sign === '[' ? /^\[(!?)([^\]]+)\]/.exec(text.slice(i)) : null
    if (set !== null) {
      const [whole, not, members = ''] = set
      source += `[${not === '' ? '' : '^'}${members.replace(/[\\\]^]/g, '\\$&')}]`
      i += whole.length - 1
    } else if (sign === '*') source += '.*'
    else if (sign === '?') source += '.'
    else {
      const literal = sign === '\\' && i + 1 < text.length ? (text[++i] as string) : sign
      source += literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
      if (isPlain) prefix += literal
      continue
    }
    isPlain = false
  }
  const expression = new RegExp(`^${source}$`, 's')
  return { prefix, matches: (key) => expression.test(key) }
}
