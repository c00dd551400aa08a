// `npm test`: everything, from a bare clone.
import { build, installSystemPackages, installTestPackages, root, run } from './setup.mjs'

await installTestPackages()
installSystemPackages({
  'redis-server': 'redis-server',
  memcached: 'memcached',
  openssl: 'openssl',
  pgbouncer: 'pgbouncer',
  mariadbd: 'mariadb-server',
  pg_ctlcluster: 'postgresql',
  chromium: 'chromium',
  zsh: 'zsh',
  script: 'bsdutils',
})
build()
run(process.execPath, [`${root}node_modules/vitest/vitest.mjs`, 'run', ...process.argv.slice(2)])
