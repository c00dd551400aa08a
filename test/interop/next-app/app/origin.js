/** What the origin says of a name: how often it was asked for it. */
export async function ask(name, options) {
  const response = await fetch(`${process.env.ORIGIN}/${name}`, options)
  return response.text()
}
