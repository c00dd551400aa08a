/** Where a walk through a value is: names of members, positions in arrays, maps and sets. */
export type ValuePath = (string | number)[]

const position = /^\d+$/
/** Names that need no quotes; `encode()` stands for what a registered class answered. */
const plainName = /^[\p{ID_Start}$_][\p{ID_Continue}$]*(\(\))?$/u

/** The first `depth` steps as source text: `value.users[3]["first name"]`. */
export function showPath(path: ValuePath, depth: number): string {
  let text = 'value'
  for (const step of path.slice(0, depth)) {
    if (typeof step === 'number' || position.test(step)) text += `[${step}]`
    else text += plainName.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
  }
  return text
}
