// `npm run build`: what is published, in dist.
import { build, installPackages } from './setup.mjs'

await installPackages()
build()
