// `npm run release`: makes a version of what the changelog has under "Unreleased": the number, a commit that
// is named by it, and a tag. `--dry-run` shows what would become of it; `--publish` publishes the version
// that is tagged here, which is what the workflow does that a pushed tag starts.
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { nextVersion, released, sections } from './release/changelog.mjs'
import { root, run } from './setup.mjs'

const { values: asked } = parseArgs({
  options: { 'dry-run': { type: 'boolean' }, publish: { type: 'boolean' } },
})
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
const changelog = readFileSync(`${root}CHANGELOG.md`, 'utf8')

if (git('status', '--porcelain') !== '') fail('There are changes that are not committed')
if (asked.publish) publish()
else release()

function release() {
  const version = nextVersion(manifest.version, changelog) ?? fail('Nothing is unreleased')
  if (git('tag', '--list', `v${version}`) !== '') fail(`There is a tag v${version} already`)
  prove()
  if (asked['dry-run']) {
    run('npm', ['pack', '--dry-run'])
    console.log(`\nThis would be ${version}:\n\n${sections(changelog).get('Unreleased')}`)
    return
  }
  const today = new Date().toISOString().slice(0, 10)
  writeFileSync(`${root}CHANGELOG.md`, released(changelog, version, today))
  run('npm', ['version', version, '--no-git-tag-version', '--allow-same-version'])
  run('git', ['commit', '--all', '--message', version])
  run('git', ['tag', '--annotate', `v${version}`, '--message', version])
  console.log(`\nThis is ${version}. It is published by: git push --follow-tags`)
}

function publish() {
  const { name, version, repository } = manifest
  if (!git('tag', '--points-at', 'HEAD').split('\n').includes(`v${version}`)) {
    fail(`What is checked out is not tagged v${version}`)
  }
  if (!sections(changelog).has(version)) fail(`The changelog says nothing of ${version}`)
  if (!repository) fail('Provenance names the `repository`, which package.json does not')
  prove()
  if (asked['dry-run']) run('npm', ['publish', '--dry-run'])
  else run('npm', ['publish', '--provenance', '--access', 'public'])
  console.log(`\n${name} ${version} ${asked['dry-run'] ? 'would be' : 'is'} published.`)
}

/** All checks and tests, on a build of just what is here. */
function prove() {
  rmSync(`${root}dist`, { recursive: true, force: true })
  run('npm', ['run', 'check'])
  run('npm', ['test'])
  if (git('status', '--porcelain') !== '') fail('The tests have left something behind')
}

function git(...options) {
  return execFileSync('git', options, { cwd: root, encoding: 'utf8' }).trim()
}

function fail(message) {
  console.error(`${message}.`)
  process.exit(1)
}
