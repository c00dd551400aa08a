const name = 'hotset-toolbar'

/** Whether the panel was open last; a browser may keep nothing for this page. */
export function wasOpen(): boolean {
  try {
    return localStorage.getItem(name) === 'open'
  } catch {
    return false
  }
}

export function rememberOpen(isOpen: boolean): void {
  try {
    if (isOpen) localStorage.setItem(name, 'open')
    else localStorage.removeItem(name)
  } catch {
    // Then the next page does not know.
  }
}
