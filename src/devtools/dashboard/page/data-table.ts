import { type ComponentChild, h, type JSX } from 'preact'
import { useState } from 'preact/hooks'

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => ComponentChild
  /** By which rows are put in order, the highest first. @default they are not */
  readonly rank?: (row: Row) => number
  /** It names the row. @default false */
  readonly isName?: boolean
  /** What is meant, in a sentence. */
  readonly hint?: string
}

export interface DataTableProps<Row> {
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly id: (row: Row) => string
  /** Shown in the place of rows. */
  readonly empty: string
}

/** A table whose rows can be put in order by a column. */
export function DataTable<Row>(props: DataTableProps<Row>): JSX.Element {
  const { caption, columns, rows, id, empty } = props
  const [chosen, choose] = useState<string | undefined>(undefined)
  if (rows.length === 0) return h('p', { class: 'empty' }, empty)
  const rank = columns.find(({ title }) => title === chosen)?.rank
  const ordered = rank === undefined ? rows : [...rows].sort((a, b) => rank(b) - rank(a))
  return h(
    'div',
    // Who has no pointer scrolls it once it has the focus.
    { class: 'scroll', tabIndex: 0, role: 'group', 'aria-label': caption },
    h(
      'table',
      null,
      h('caption', { class: 'unseen' }, caption),
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          columns.map((column) => h(Heading<Row>, { key: column.title, column, chosen, choose })),
        ),
      ),
      h(
        'tbody',
        null,
        ordered.map((row) =>
          h(
            'tr',
            { key: id(row) },
            columns.map(({ title, isName, rank, cell }) =>
              isName
                ? h('th', { key: title, scope: 'row' }, cell(row))
                : h('td', { key: title, class: rank && 'number' }, cell(row)),
            ),
          ),
        ),
      ),
    ),
  )
}

interface HeadingProps<Row> {
  readonly column: Column<Row>
  readonly chosen: string | undefined
  readonly choose: (title: string | undefined) => void
}

function Heading<Row>({ column, chosen, choose }: HeadingProps<Row>): JSX.Element {
  const { title, rank, hint } = column
  if (rank === undefined) return h('th', { scope: 'col', title: hint }, title)
  const isChosen = title === chosen
  const toggle = () => choose(isChosen ? undefined : title)
  return h(
    'th',
    {
      scope: 'col',
      class: 'number',
      title: hint,
      'aria-sort': isChosen ? 'descending' : undefined,
    },
    h('button', { type: 'button', class: 'order', onClick: toggle }, title),
  )
}
