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

const standard = piecesWhere("'(?<text>[^']*(?:''[^']*)*)'")
const escaping = piecesWhere("'(?<text>[^'\\\\]*(?:(?:''|\\\\[^])[^'\\\\]*)*)'")

/**
 * The pieces of a text in SQL, as PostgreSQL, MySQL and SQLite write it, without comments. `escapes`
 * says whether a backslash in a text hides the sign after it, as MySQL has it.
 */
export function tokensOf(sql: string, escapes: boolean): Tokens {
  const tokens: Token[] = []
  // Where parameters have numbers, a question mark is an operator.
  const numbered = /\$\d/.test(sql)
  let doubtful = false
  let parameters = 0
  const put = (kind: Token['kind'], text: string, parameter = -1) =>
    tokens.push({ kind, text, parameter })
  for (const { groups = {} } of sql.matchAll(escapes ? escaping : standard)) {
    const { comment, mark, text, quoted, ticked, dollar, index, named, word, number, sign } = groups
    if (comment !== undefined) doubtful ||= comment.startsWith('!') || comment.includes('/*')
    else if (mark !== undefined) put('text', dollar ?? '')
    else if (text !== undefined) put('text', text.replaceAll("''", "'"))
    else if (quoted !== undefined) put('name', quoted.replaceAll('""', '"').toLowerCase())
    else if (ticked !== undefined) put('name', ticked.replaceAll('``', '`').toLowerCase())
    else if (index !== undefined) put('parameter', '', Number(index) - 1)
    else if (named !== undefined) put('parameter', named)
    else if (word !== undefined) put('word', word.toLowerCase())
    else if (number !== undefined) put('number', number)
    else if (sign === '?' && !numbered) put('parameter', '', parameters++)
    else if (sign !== undefined) {
      doubtful ||= /['"`$]/.test(sign) || (sign === '*' && tokens.at(-1)?.text === '/')
      put('sign', sign)
    }
  }
  return { tokens, doubtful }
}

function piecesWhere(text: string): RegExp {
  const pieces = [
    '\\s+',
    '--[^\\n]*',
    '\\/\\*(?<comment>[^]*?)\\*\\/',
    '(?<mark>\\$(?:[\\p{L}_][\\p{L}\\p{N}_]*)?\\$)(?<dollar>[^]*?)\\k<mark>',
    text,
    '"(?<quoted>[^"]*(?:""[^"]*)*)"',
    '`(?<ticked>[^`]*(?:``[^`]*)*)`',
    '[$?](?<index>\\d+)',
    // Not the second colon of a cast.
    '(?<named>(?<!:):[\\p{L}_][\\p{L}\\p{N}_]*|@[\\p{L}_][\\p{L}\\p{N}_]*)',
    '(?<word>[\\p{L}_][\\p{L}\\p{N}_$]*)',
    '(?<number>0[xX][\\dA-Fa-f]+|(?:\\d[\\d_]*\\.?\\d*|\\.\\d+)(?:[eE][+\\-]?\\d+)?)',
    '(?<sign>[^])',
  ]
  return new RegExp(pieces.join('|'), 'gu')
}
