/** Milliseconds: Hotset's own default. Long enough that nothing expires meanwhile. */
const ttl = 300_000

/** A subject as it is measured: with a TTL where it has one, and without where that may be. */
export function variantsOf(subject) {
  const { name } = subject
  if (subject.ttl === undefined) return [{ subject, name, options: {} }]
  const variant = { subject, name, options: { ttl } }
  if (subject.ttl === 'always') return [variant]
  return [variant, { subject, name: withoutTtl(name), options: {} }]
}

export const withoutTtl = (name) => `${name} (no ttl)`
