import { h, type JSX } from 'preact'

/** What is not to be seen, or would show a text in another order than it has. */
const hidden = /([\p{Cc}\p{Cs}\p{Cf}\u2028\u2029]+)/u

/** The same, but for lines and indentation. */
const hiddenInLines = /((?:(?![\n\t])[\p{Cc}\p{Cs}\p{Cf}\u2028\u2029])+)/u

export interface VisibleTextProps {
  readonly text: string
  /** Lines stay lines. @default false */
  readonly lines?: boolean
}

/** A text that may come from anybody: it is shown as it is, and reorders nothing around it. */
export function VisibleText({ text, lines = false }: VisibleTextProps): JSX.Element {
  // Every other part is one that the expression found.
  const parts = String(text)
    .split(lines ? hiddenInLines : hidden)
    .map((part, i) => (i % 2 === 0 ? part : h('span', { class: 'escape' }, escaped(part))))
  return h('bdi', { class: 'text' }, parts)
}

/** The same where there are no elements: in a name, in a field. */
export function visible(text: string): string {
  return String(text)
    .split(hidden)
    .map((part, i) => (i % 2 === 0 ? part : escaped(part)))
    .join('')
}

function escaped(text: string): string {
  return Array.from(text, (sign) => {
    if (sign === '\n') return '\\n'
    if (sign === '\t') return '\\t'
    return `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`
  }).join('')
}
