import { element } from './element.ts'
import { takePageData } from './page-data.ts'
import { toolbarParts } from './panel.ts'

/** Put in by `scripts/bundle-toolbar.mjs`: what is in `style.css`. */
declare const hotsetStyle: string

const data = takePageData()
if (data !== undefined) {
  const host = document.createElement('hotset-toolbar')
  const root = host.attachShadow({ mode: 'open' })
  // Made, not written: a policy that forbids styles in the page does not forbid it.
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(hotsetStyle)
  root.adoptedStyleSheets = [sheet]
  root.append(element('div', { class: 'toolbar' }, ...toolbarParts(data)))
  // Not in the body, which some frameworks replace.
  document.documentElement.append(host)
}
