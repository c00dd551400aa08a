import { useEffect, useState } from 'preact/hooks'

export type Scheme = 'system' | 'light' | 'dark'

const stored = 'hotset-scheme'
const darkness = matchMedia('(prefers-color-scheme: dark)')

/** The colours that were chosen, and which they are now. */
export function useScheme(): {
  scheme: Scheme
  seen: 'light' | 'dark'
  choose: (scheme: Scheme) => void
} {
  const [scheme, setScheme] = useState<Scheme>(readScheme)
  const [isDark, setDark] = useState(darkness.matches)
  useEffect(() => {
    const listen = () => setDark(darkness.matches)
    darkness.addEventListener('change', listen)
    return () => darkness.removeEventListener('change', listen)
  }, [])
  const { dataset } = document.documentElement
  if (scheme === 'system') delete dataset.scheme
  else dataset.scheme = scheme
  const choose = (chosen: Scheme) => {
    setScheme(chosen)
    try {
      localStorage.setItem(stored, chosen)
    } catch {
      // It is not remembered, then.
    }
  }
  const seen = scheme === 'system' ? (isDark ? 'dark' : 'light') : scheme
  return { scheme, seen, choose }
}

function readScheme(): Scheme {
  try {
    const text = localStorage.getItem(stored)
    return text === 'light' || text === 'dark' ? text : 'system'
  } catch {
    return 'system'
  }
}

/** What the address says after its `#`: the cache that is looked at. */
export function useChosenCache(): string | undefined {
  const [name, setName] = useState(cacheInHash)
  useEffect(() => {
    const listen = () => setName(cacheInHash())
    addEventListener('hashchange', listen)
    return () => removeEventListener('hashchange', listen)
  }, [])
  return name
}

export function hashOf(cache: string): string {
  return `#${encodeURIComponent(cache.replace(/\p{Cs}/gu, '\ufffd'))}`
}

function cacheInHash(): string | undefined {
  try {
    return decodeURIComponent(location.hash.slice(1)) || undefined
  } catch {
    return undefined
  }
}
