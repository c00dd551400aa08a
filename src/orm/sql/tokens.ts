/** A piece of a statement; words and names are in lower case. */
export interface Token {
  /** `word`: a keyword, or a name without quotes. `name`: one in quotes. `text`: a value in quotes. */
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'parameter' | 'sign'
  readonly text: string
  /** Which of the parameters, from 0; -1 for what is none, or has a name. */
  readonly parameter: number
}

export interface Tokens {
  readonly tokens: readonly Token[]
  /** What it means depends on the database: something is not closed, or in a comment that may count. */
  readonly doubtful: boolean
}

/** How a text is read: MySQL knows backslashes in texts, comments after `#` and ones that are run. */
export type Reading = 'standard' | 'mysql'

const pieces: Readonly<Record<Reading, RegExp>> = {
  standard: piecesWhere({
    comments: ['--[^\\n]*'],
    text: "'(?<text>[^']*(?:''[^']*)*)'",
    quoted: '"(?<quoted>[^"]*(?:""[^"]*)*)"',
  }),
  mysql: piecesWhere({
    comments: ['--(?=[\\s\\p{Cc}]|$)[^\\n]*', '#[^\\n]*', '(?<executable>\\/\\*M?!\\d*)'],
    text: "'(?<text>[^'\\\\]*(?:(?:''|\\\\[^])[^'\\\\]*)*)'",
    quoted: '"(?<quoted>[^"\\\\]*(?:(?:""|\\\\[^])[^"\\\\]*)*)"',
  }),
}
/** Before a bracket that opens a name, as SQLite has it, and not the subscript of an array. */
const beforeName: ReadonlySet<string> = new Set(
  `abort and as by distinct exists fail from ignore into join not on only or recursive replace rollback select set table
  update using where with`.split(/\s+/),
)

/**
 * The pieces of a text in SQL, as PostgreSQL, MySQL and SQLite write it, without comments. `??`, for
 * which mysql2 puts in the name that a parameter brings, is a name: `??` and which parameter.
 */
export function tokensOf(sql: string, reading: Reading): Tokens {
  const tokens: Token[] = []
  // Where parameters have numbers, a question mark is an operator.
  const numbered = /\$\d/.test(sql)
  let doubtful = false
  let parameters = 0
  let isMixed = false
  let executables = 0
  let brackets = 0
  const put = (kind: Token['kind'], text: string, parameter = -1) =>
    tokens.push({ kind, text, parameter })
  const found = pieces[reading]
  found.lastIndex = 0
  for (let piece = found.exec(sql); piece !== null; piece = found.exec(sql)) {
    const {
      comment,
      executable,
      mark,
      text,
      quoted,
      ticked,
      dollar,
      index,
      pair,
      named,
      word,
      number,
      sign,
    } = piece.groups ?? {}
    if (comment !== undefined) doubtful ||= /^M?!|\/\*/.test(comment)
    else if (executable !== undefined) executables++
    else if (mark !== undefined) put('text', dollar ?? '')
    else if (text !== undefined) put('text', text.replaceAll("''", "'"))
    else if (quoted !== undefined) put('name', quoted.replaceAll('""', '"').toLowerCase())
    else if (ticked !== undefined) put('name', ticked.replaceAll('``', '`').toLowerCase())
    else if (index !== undefined) {
      // In SQLite what comes after `?5` is the sixth.
      parameters = Math.max(parameters, Number(index))
      put('parameter', '', Number(index) - 1)
    } else if (named !== undefined) {
      isMixed = true
      put('parameter', named)
    } else if (pair !== undefined && !numbered) {
      doubtful = true
      put('name', `??${parameters++}`)
    } else if (word !== undefined) {
      // After a period no word has a meaning of its own.
      put(tokens.at(-1)?.text === '.' ? 'name' : 'word', word.toLowerCase())
    } else if (number !== undefined) put('number', number)
    else if (sign === '?' && !numbered) put('parameter', '', isMixed ? -1 : parameters++)
    else if (
      sign === '[' &&
      brackets === 0 &&
      isNamePlace(tokens.at(-1)) &&
      sql.includes(']', found.lastIndex)
    ) {
      const end = sql.indexOf(']', found.lastIndex)
      put('name', sql.slice(found.lastIndex, end).toLowerCase())
      found.lastIndex = end + 1
    } else if (sign === '*' && executables > 0 && sql[found.lastIndex] === '/') {
      executables--
      found.lastIndex++
    } else if (sign !== undefined) {
      brackets += sign === '[' ? 1 : sign === ']' ? -1 : 0
      doubtful ||= /['"`$]/.test(sign) || (sign === '*' && tokens.at(-1)?.text === '/')
      put('sign', sign)
    }
  }
  return { tokens, doubtful }
}

/** Whether MySQL may read a text otherwise, of which these are the pieces by the standard. */
export function isReadOtherwise(sql: string, tokens: readonly Token[]): boolean {
  const isPostgres = /\$\d/.test(sql) && tokens.some(({ parameter }) => parameter >= 0)
  // PostgreSQL's operators on JSON, and a comment without a blank.
  return (isPostgres ? /\\|#(?![>-])|\/\*M?!/ : /\\|#|--[^\s-]|\/\*M?!/).test(sql)
}

function isNamePlace(before: Token | undefined): boolean {
  if (before?.kind === 'word') return beforeName.has(before.text)
  return before?.kind === 'sign' && before.text !== ')' && before.text !== ']'
}

interface Lexis {
  readonly comments: readonly string[]
  readonly text: string
  readonly quoted: string
}

function piecesWhere({ comments, text, quoted }: Lexis): RegExp {
  const all = [
    '\\s+',
    ...comments,
    '\\/\\*(?<comment>[^]*?)\\*\\/',
    '(?<mark>\\$(?:[\\p{L}_][\\p{L}\\p{N}_]*)?\\$)(?<dollar>[^]*?)\\k<mark>',
    text,
    quoted,
    '`(?<ticked>[^`]*(?:``[^`]*)*)`',
    '[$?](?<index>\\d+)',
    '(?<pair>\\?\\?)',
    // Not the second colon of a cast.
    '(?<named>(?<!:):[\\p{L}_][\\p{L}\\p{N}_]*|@[\\p{L}_][\\p{L}\\p{N}_]*)',
    '(?<word>[\\p{L}_][\\p{L}\\p{N}_$]*)',
    '(?<number>0[xX][\\dA-Fa-f]+|(?:\\d[\\d_]*\\.?\\d*|\\.\\d+)(?:[eE][+\\-]?\\d+)?)',
    '(?<sign>[^])',
  ]
  return new RegExp(all.join('|'), 'gu')
}
