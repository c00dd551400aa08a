import { bundle } from './bundle.ts'
import type { Access } from './state.ts'

/** What is in the page may do what it has to, and nothing else may be in it. */
export const contentSecurityPolicy: string = [
  "default-src 'none'",
  `script-src '${bundle.hashes.script}'`,
  `style-src '${bundle.hashes.style}'`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The page; it asks for all else. `token` is hexadecimal. */
export function pageDocument(token: string, access: Access): string {
  const body = `<div id="app" data-token="${token}" data-access="${access}"></div>
<noscript><main class="refusal"><h1>Hotset</h1><p>The dashboard needs JavaScript.</p></main></noscript>
<script>${bundle.script}</script>`
  return documentOf('Hotset', body)
}

/** What somebody sees who may not see more; `paragraphs` are HTML. */
export function refusalDocument(title: string, paragraphs: readonly string[]): string {
  const text = paragraphs.map((paragraph) => `<p>${paragraph}</p>`).join('\n')
  return documentOf(`${title} · Hotset`, `<main class="refusal"><h1>${title}</h1>\n${text}</main>`)
}

function documentOf(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${bundle.style}</style>
</head>
<body>
${body}
</body>
</html>
`
}
