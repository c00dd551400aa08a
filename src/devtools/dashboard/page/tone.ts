/** A colour of the style sheet, by what it is for. */
export type Tone = 'memory' | 'store' | 'miss' | 'load' | 'muted' | 'grid' | 'panel'

/** As a canvas wants it, in the scheme that is seen now. */
export function colourOf(tone: Tone, near: HTMLElement): string {
  const probe = document.createElement('i')
  probe.className = `probe ${tone}`
  near.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
