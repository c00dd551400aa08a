export function tablesOf(rows) {
  if (rows.length === 0) return []
  const entries = rows[0].entries.toLocaleString('en')
  return [
    {
      title: `${entries} entries: bytes for each beside key and value, then after as many inserts again; the slowest single sets without garbage collection, and the slowest with it in any round`,
      head: ['', 'bytes', 'after churn', 'change', 'kept', 'slowest ms', 'next ms', 'with GC'],
      lines: rows.map(({ variant, filled, churned, kept, slowest, slowestOfAll }) => [
        variant,
        filled.toFixed(1),
        churned.toFixed(1),
        `${((churned / filled - 1) * 100).toFixed(1)} %`,
        `${(kept * 100).toFixed(0)} %`,
        milliseconds(slowest.slice(0, 1)),
        milliseconds(slowest.slice(1)),
        milliseconds([slowestOfAll]),
      ]),
    },
  ]
}

function milliseconds(durations) {
  return durations.map((duration) => duration.toFixed(1)).join(' ')
}
