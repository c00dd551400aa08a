// The page of HTTP: the rules with what each profile makes of them, and how answers say where they come from.
import { root } from '../setup.mjs'
import { typeOf } from './options.mjs'
import { code, docOf, escaped, membersOf, named, table } from './source.mjs'

export async function httpRules({ declarations }) {
  const { profiles } = await import(`${root}dist/http/index.js`)
  const names = Object.keys(profiles)
  const rules = named(declarations('http/engine/rules.ts'), 'Rules').members.map((member) => {
    const name = member.name.text
    return [
      code(name),
      code(typeOf(member)),
      ...names.map((profile) => shown(profiles[profile][name])),
      escaped(docOf(member).text),
    ]
  })
  const status = declarations('http/engine/cache-status.ts')
  const reasons = membersOf(named(status, 'ForwardReason').type).map(({ member, text }) => [
    code(member.literal.text),
    escaped(text),
  ])
  return [
    '## Rules',
    'What an HTTP cache decides by: a profile, and `rules` that differ from it. Durations are milliseconds.',
    table(['rule', 'type', ...names.map((name) => `\`${name}\``), 'means'], rules),
    '## Cache-Status',
    'Every answer says how it came about ([RFC 9211](https://www.rfc-editor.org/rfc/rfc9211)): `Cache-Status: hotset; hit; ttl=42`.',
    table(
      ['parameter', 'means'],
      named(status, 'CacheStatus').members.map((member) => [
        code(parameters[member.name.text]),
        escaped(docOf(member).text),
      ]),
    ),
    table(['`fwd=`', 'the origin was asked, because'], reasons),
  ].join('\n\n')
}

const parameters = {
  hit: 'hit',
  forward: 'fwd',
  forwardStatus: 'fwd-status',
  stored: 'stored',
  collapsed: 'collapsed',
  ttl: 'ttl',
  key: 'key',
  detail: 'detail',
}

function shown(value) {
  return value === undefined
    ? 'none'
    : code(JSON.stringify(value).replaceAll(',', ', ').replaceAll('"', "'"))
}
