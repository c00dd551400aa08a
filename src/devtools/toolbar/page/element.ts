type Attributes = Readonly<Record<string, string | boolean | undefined>>
export type Child = Node | string | undefined

/** An element. Texts become text, whatever is in them; `false` and `undefined` set no attribute. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    made.setAttribute(attribute, value === true ? '' : value)
  }
  made.append(...children.filter((child) => child !== undefined))
  return made
}

/** What stands beside each other, also for who copies it or has it read out. */
export function spaced(parts: readonly Child[]): Child[] {
  return parts.flatMap((part) => (part === undefined ? [] : [part, ' ']))
}
