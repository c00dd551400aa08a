import type { ServerResponse } from 'node:http'
import { fieldLines, fieldValue, listMembers } from '../engine/fields.ts'
import type { FieldLines } from '../message.ts'
import { addFields } from './response-fields.ts'

/**
 * `Cache-Control` of a copy that something was put into for who sees it alone, such as a toolbar: it says
 * nothing of the page. A directive that nobody knows is passed over (RFC 9111 §5.2.3).
 */
export const ofThisCopy = 'no-store, this-copy'

/**
 * The head of a response as it is sent in the end: whoever comes before the cache in a chain may add to it when the
 * cache has answered, as sessions do that set their cookie when the head is written.
 */
export class SentHead {
  /** What others have added; `undefined` where the response was closed before there was a head. */
  readonly added: Promise<FieldLines | undefined>
  #given: FieldLines = []
  #resolve: (added: FieldLines | undefined) => void = () => {}

  constructor(response: ServerResponse) {
    this.added = new Promise((resolve) => {
      this.#resolve = resolve
    })
    const { writeHead } = response
    response.writeHead = ((...args: unknown[]) => {
      const [status, ...rest] = args
      const reason = typeof rest[0] === 'string' ? [rest.shift()] : []
      // A response with fields shows those that are written with its head, too.
      addFields(response, rest[0])
      const result = Reflect.apply(writeHead, response, [status, ...reason])
      this.#look(response)
      return result
    }) as ServerResponse['writeHead']
    // HTTP/2 has heads that nobody writes.
    const closed = () => {
      if (response.headersSent) this.#look(response)
      else this.#resolve(undefined)
    }
    if (response.closed) closed()
    else response.once('close', closed)
  }

  /** What the cache has it send, or what is behind the cache: this nobody has added. */
  give(fields: FieldLines): void {
    this.#given = fields
  }

  #look(response: ServerResponse): void {
    const added = Object.entries(response.getHeaders()).flatMap(([name, value]) => {
      if (value === ofThisCopy) return []
      if (name === 'set-cookie') {
        const given = fieldLines(this.#given, name)
        return [value]
          .flat()
          .flatMap((line) => (given.includes(`${line}`) ? [] : [name, `${line}`]))
      }
      // Others add to a list, such as `Vary`, what they have to say.
      const given = listMembers(fieldValue(this.#given, name))
      const members = listMembers(`${value}`).filter((member) => !given.includes(member))
      return members.length === 0 ? [] : [name, members.join(', ')]
    })
    this.#resolve(added)
  }
}
