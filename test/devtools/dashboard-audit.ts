/** What a page keeps from people; both functions run inside of it, and know nothing but the page. */

/** Texts whose contrast is below that of WCAG 2.2 AA (1.4.3): 4.5, or 3 where they are large. */
export function faintTexts(): string[] {
  const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number)
  const luminance = (colour: readonly number[]) => {
    const [r = 0, g = 0, b = 0] = colour.slice(0, 3).map((channel) => {
      const share = channel / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const paperOf = (element: Element | null): readonly number[] => {
    if (element === null) return [255, 255, 255]
    const paper = channels(getComputedStyle(element).backgroundColor)
    return paper.length === 4 && paper[3] === 0 ? paperOf(element.parentElement) : paper
  }
  const faint: string[] = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent?.trim() ?? ''
    const element = walker.currentNode.parentElement
    if (text === '' || element === null || !element.checkVisibility()) continue
    if (element.closest('script, style, noscript, option, :disabled, .unseen')) continue
    const style = getComputedStyle(element)
    const [ink, paper] = [luminance(channels(style.color)), luminance(paperOf(element))]
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05)
    const size = Number.parseFloat(style.fontSize)
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
    if (contrast < (isLarge ? 3 : 4.5)) faint.push(`${contrast.toFixed(2)} ${text.slice(0, 40)}`)
  }
  return faint
}

/** What has no name, no label, or not the place in the structure that it claims. */
export function structureFaults(): string[] {
  const faults: string[] = []
  const all = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)]
  const seen = (selector: string) => all(selector).filter((element) => element.checkVisibility())
  const show = (element: Element) => element.outerHTML.slice(0, 90)
  for (const landmark of ['header', 'nav', 'main']) {
    if (seen(landmark).length !== 1) faults.push(`expected one ${landmark}`)
  }
  if (seen('h1').length !== 1) faults.push('expected one h1')
  let level = 0
  for (const heading of seen('h1, h2, h3, h4')) {
    const own = Number(heading.tagName[1])
    if (own > level + 1) faults.push(`skips a level: ${show(heading)}`)
    level = own
  }
  for (const field of seen('input, select')) {
    const labels = (field as HTMLInputElement).labels
    if ((labels?.[0]?.textContent ?? '').trim() === '') faults.push(`no label: ${show(field)}`)
  }
  for (const control of seen('button, a, summary')) {
    const name = control.getAttribute('aria-label') ?? control.textContent ?? ''
    if (name.trim() === '') faults.push(`no name: ${show(control)}`)
    if (control.tabIndex < 0) faults.push(`cannot be reached: ${show(control)}`)
  }
  for (const table of seen('table')) {
    if (table.querySelector('caption')?.textContent?.trim() === '') faults.push(show(table))
    if (table.querySelector('th[scope]') === null) faults.push(`no headings: ${show(table)}`)
  }
  for (const region of seen('section, [role=region], dialog')) {
    const by = document.getElementById(region.getAttribute('aria-labelledby') ?? '')
    const name = region.getAttribute('aria-label') ?? by?.textContent ?? ''
    if (name.trim() === '') faults.push(`no name: ${show(region)}`)
  }
  for (const element of seen('main *')) {
    const scrolls = element.scrollWidth > element.clientWidth + 1
    if (scrolls && getComputedStyle(element).overflowX === 'auto' && element.tabIndex < 0) {
      faults.push(`scrolls, but not by keys: ${show(element)}`)
    }
  }
  const ids = all('[id]').map(({ id }) => id)
  if (new Set(ids).size < ids.length) faults.push('an id is there twice')
  if (all('[tabindex]').some(({ tabIndex }) => tabIndex > 0)) faults.push('an order of its own')
  if (document.documentElement.lang !== 'en' || document.title === '')
    faults.push('no language or title')
  return faults
}
