import { h, type JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import type { Action, ActionAnswer } from '../state.ts'
import { VisibleText } from './visible-text.ts'

export interface DangerProps {
  readonly cache: string
  readonly act: (action: Action) => Promise<ActionAnswer>
}

/** What makes many entries go at once. */
export function Danger({ cache, act }: DangerProps): JSX.Element {
  const [tag, setTag] = useState('')
  const dialog = useRef<HTMLDialogElement>(null)
  const invalidate = async (event: Event) => {
    event.preventDefault()
    const answer = await act({ action: 'invalidate', cache, tag })
    if ('done' in answer) setTag('')
  }
  return h(
    'div',
    null,
    h(
      'form',
      { class: 'fields', onSubmit: invalidate },
      h(
        'label',
        { class: 'grow' },
        'Tag',
        h('input', {
          ...{ type: 'text', autoComplete: 'off', spellcheck: false, name: 'tag' },
          ...{ required: true, value: tag },
          onInput: (event) => setTag(event.currentTarget.value),
        }),
      ),
      h('button', { type: 'submit' }, 'Invalidate tag'),
    ),
    h('p', { class: 'note' }, 'Every entry with the tag is gone, in every process.'),
    h(
      'button',
      { type: 'button', class: 'danger', onClick: () => dialog.current?.showModal() },
      'Clear the cache …',
    ),
    h(ClearDialog, { cache, act, dialog }),
  )
}

interface ClearDialogProps extends DangerProps {
  readonly dialog: { readonly current: HTMLDialogElement | null }
}

/** Whoever clears a cache has to type its name. */
function ClearDialog({ cache, act, dialog }: ClearDialogProps): JSX.Element {
  const [confirm, setConfirm] = useState('')
  const close = () => {
    setConfirm('')
    dialog.current?.close()
  }
  const clear = async (event: Event) => {
    event.preventDefault()
    if (confirm !== cache) return
    close()
    await act({ action: 'clear', cache, confirm })
  }
  return h(
    'dialog',
    { ref: dialog, 'aria-labelledby': 'clear-title', onClose: () => setConfirm('') },
    h(
      'form',
      { class: 'ask', onSubmit: clear },
      h('h2', { id: 'clear-title' }, 'Clear ', h(VisibleText, { text: cache }), '?'),
      h('p', null, 'Every entry of the cache is gone, in every process. Its loaders will be busy.'),
      h(
        'label',
        null,
        'Type the name of the cache',
        h('input', {
          ...{ type: 'text', autoComplete: 'off', spellcheck: false, name: 'confirm' },
          value: confirm,
          onInput: (event) => setConfirm(event.currentTarget.value),
        }),
      ),
      h(
        'div',
        { class: 'buttons' },
        h('button', { type: 'button', onClick: close }, 'Keep it'),
        h('button', { type: 'submit', class: 'danger', disabled: confirm !== cache }, 'Clear'),
      ),
    ),
  )
}
