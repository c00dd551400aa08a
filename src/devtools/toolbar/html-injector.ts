import { joinedBytes } from '../../kernel/joined-bytes.ts'

/** Where in the text the scanner is; the names are those of the tokenizer (HTML §13.2.5), abridged. */
type State =
  | 'text'
  | 'tag-open'
  | 'end-tag-open'
  | 'name'
  | 'attributes'
  | 'attribute-name'
  | 'value'
  | 'double-quoted'
  | 'single-quoted'
  | 'unquoted'
  | 'markup-declaration'
  | 'comment'
  | 'bogus-comment'
  | 'raw-text'
  | 'passed'

/** Elements whose content is text, whatever looks like a tag in it (HTML §13.2.6.2, with scripts on). */
const rawElements: ReadonlySet<string> = new Set([
  ...['script', 'style', 'textarea', 'title', 'xmp', 'iframe', 'noembed', 'noframes', 'noscript'],
  'plaintext',
])
const longestName = 10
const [tab, lineFeed, formFeed, carriageReturn, space] = [0x09, 0x0a, 0x0c, 0x0d, 0x20]
const [bang, doubleQuote, singleQuote, dash, slash] = [0x21, 0x22, 0x27, 0x2d, 0x2f]
const [less, equals, greater, question] = [0x3c, 0x3d, 0x3e, 0x3f]

const none = new Uint8Array(0)
const closings = ['</body', '</html'].map((text) => new TextEncoder().encode(text))

/**
 * Puts something into a page as it goes by: before the first `</body>` or `</html>` that is a tag, and
 * not part of a script, a comment or an attribute; else at the end. It holds back at most the six
 * bytes that may be the beginning of such a tag. It reads bytes: any encoding in which ASCII is
 * ASCII will do.
 */
export class HtmlInjector {
  readonly #insertion: () => Uint8Array
  #state: State = 'text'
  #held: Uint8Array = none
  /** The name of the tag that is being read. */
  #name = ''
  /** How much of `</name`, which ends raw text, has been seen. */
  #matched = 0
  #dashes = 0

  /** `insertion` is called once, when its place has come. */
  constructor(insertion: () => Uint8Array) {
    this.#insertion = insertion
  }

  /** What can be sent of the page by now. */
  push(chunk: Uint8Array): Uint8Array {
    if (this.#state === 'passed') return chunk
    const bytes = this.#held.length === 0 ? chunk : joinedBytes([this.#held, chunk])
    this.#held = none
    for (let i = 0; i < bytes.length; i++) {
      if (this.#state === 'text') {
        i = bytes.indexOf(less, i)
        if (i === -1) break
        const closing = closingAt(bytes, i)
        if (closing === 'yes') {
          this.#state = 'passed'
          return joinedBytes([bytes.subarray(0, i), this.#insertion(), bytes.subarray(i)])
        }
        if (closing === 'perhaps') {
          this.#held = bytes.slice(i)
          return bytes.subarray(0, i)
        }
      }
      this.#read(bytes[i] as number)
    }
    return bytes
  }

  /** What is left to be sent. */
  finish(): Uint8Array {
    if (this.#state === 'passed') return none
    this.#state = 'passed'
    return joinedBytes([this.#held, this.#insertion()])
  }

  #read(byte: number): void {
    switch (this.#state) {
      case 'text':
        if (byte === less) this.#state = 'tag-open'
        return
      case 'tag-open':
        if (isLetter(byte)) this.#begin(byte)
        else if (byte === slash) this.#state = 'end-tag-open'
        else if (byte === bang) this.#declare()
        else if (byte === question) this.#state = 'bogus-comment'
        else this.#state = byte === less ? 'tag-open' : 'text'
        return
      case 'end-tag-open':
        // Of no element: what comes after an end tag is text.
        this.#name = '/'
        if (isLetter(byte)) this.#state = 'name'
        else this.#state = byte === greater ? 'text' : 'bogus-comment'
        return
      case 'name':
        if (byte === greater || byte === slash || isSpace(byte)) this.#inTag(byte)
        else if (this.#name.length <= longestName) this.#name += lower(byte)
        return
      case 'attributes':
      case 'attribute-name':
      case 'value':
        this.#inTag(byte)
        return
      case 'double-quoted':
        if (byte === doubleQuote) this.#state = 'attributes'
        return
      case 'single-quoted':
        if (byte === singleQuote) this.#state = 'attributes'
        return
      case 'unquoted':
        if (byte === greater || isSpace(byte)) this.#inTag(byte)
        return
      case 'markup-declaration':
      case 'comment':
        this.#inComment(byte)
        return
      case 'bogus-comment':
        if (byte === greater) this.#state = 'text'
        return
      case 'raw-text':
        this.#inRawText(byte)
    }
  }

  #begin(byte: number): void {
    this.#name = lower(byte)
    this.#state = 'name'
  }

  /** Between and in the attributes: a quotation mark counts only where a value begins. */
  #inTag(byte: number): void {
    if (byte === greater) this.#endTag()
    else if (this.#state === 'value') {
      if (byte === doubleQuote) this.#state = 'double-quoted'
      else if (byte === singleQuote) this.#state = 'single-quoted'
      else if (!isSpace(byte)) this.#state = 'unquoted'
    } else if (byte === equals && this.#state === 'attribute-name') this.#state = 'value'
    else if (isSpace(byte)) {
      // `name = value` is a value, too.
      if (this.#state !== 'attribute-name') this.#state = 'attributes'
    } else this.#state = byte === slash ? 'attributes' : 'attribute-name'
  }

  #endTag(): void {
    this.#matched = 0
    this.#state = rawElements.has(this.#name) ? 'raw-text' : 'text'
  }

  #declare(): void {
    this.#dashes = 0
    this.#state = 'markup-declaration'
  }

  /** `<!-->` and `<!--->` are whole comments; `--!>` ends one as well. */
  #inComment(byte: number): void {
    if (this.#state === 'markup-declaration') {
      if (byte !== dash) this.#state = byte === greater ? 'text' : 'bogus-comment'
      else if (++this.#dashes === 2) this.#state = 'comment'
    } else if (byte === dash) this.#dashes = Math.max(0, this.#dashes) + 1
    else if (byte === greater && (this.#dashes >= 2 || this.#dashes === -1)) this.#state = 'text'
    else this.#dashes = byte === bang && this.#dashes >= 2 ? -1 : 0
  }

  #inRawText(byte: number): void {
    const end = `</${this.#name}`
    if (this.#name === 'plaintext') return
    if (this.#matched === end.length && (byte === greater || byte === slash || isSpace(byte))) {
      this.#name = ''
      this.#state = 'attributes'
      this.#inTag(byte)
    } else if (lower(byte) === end[this.#matched]) this.#matched++
    else this.#matched = byte === less ? 1 : 0
  }
}

/** Whether what begins at `from` is the tag that ends the page; `perhaps` where the rest is to come. */
function closingAt(bytes: Uint8Array, from: number): 'yes' | 'no' | 'perhaps' {
  for (const closing of closings) {
    let length = 0
    while (length < closing.length && isSame(bytes[from + length], closing[length] as number)) {
      length++
    }
    if (from + length >= bytes.length) return 'perhaps'
    const next = bytes[from + length] as number
    const isWhole = length === closing.length
    if (isWhole && (next === greater || next === slash || isSpace(next))) return 'yes'
  }
  return 'no'
}

function isSame(byte: number | undefined, lowerCase: number): boolean {
  return byte === lowerCase || (byte !== undefined && isLetter(byte) && (byte | 0x20) === lowerCase)
}

function isLetter(byte: number): boolean {
  const folded = byte | 0x20
  return folded >= 0x61 && folded <= 0x7a
}

function lower(byte: number): string {
  return String.fromCharCode(isLetter(byte) ? byte | 0x20 : byte)
}

function isSpace(byte: number): boolean {
  return (
    byte === space ||
    byte === lineFeed ||
    byte === tab ||
    byte === carriageReturn ||
    byte === formFeed
  )
}
