import { type ComponentChildren, h, type JSX } from 'preact'
import { useId } from 'preact/hooks'

export interface CardProps {
  readonly title: string
  /** Takes the whole width. @default false */
  readonly wide?: boolean
  readonly children?: ComponentChildren
}

/** A part of the page with a heading, which is its name. */
export function Card({ title, wide = false, children }: CardProps): JSX.Element {
  const id = useId()
  return h(
    'section',
    { class: wide ? 'card wide' : 'card', 'aria-labelledby': id },
    h('h2', { id }, title),
    children,
  )
}
