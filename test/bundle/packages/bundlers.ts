import { nodeResolve } from '@rollup/plugin-node-resolve'
import * as esbuild from 'esbuild'
import * as rolldown from 'rolldown'
import * as rollup from 'rollup'
import * as vite from 'vite'
import webpack from 'webpack'

export { init as readied, parse as parseImports } from 'es-module-lexer'

/** Makes of a module one for a page, `page.js` in a directory, with what it loads on demand beside it. */
export type Bundler = (module: string, directory: string) => Promise<void>

/** Each as its users set it up for a page, minified, and with nothing set for this package. */
export const bundlers: Readonly<Record<string, Bundler>> = {
  async esbuild(module, directory) {
    await esbuild.build({
      entryPoints: { page: module },
      outdir: directory,
      ...{ platform: 'browser', format: 'esm', bundle: true, splitting: true, minify: true },
      logLevel: 'error',
    })
  },

  async Vite(module, directory) {
    await vite.build({
      ...{ root: directory, configFile: false, logLevel: 'silent' },
      build: {
        ...{ outDir: directory, emptyOutDir: false },
        rolldownOptions: { input: module, output: { entryFileNames: 'page.js' } },
      },
    })
  },

  async webpack(module, directory) {
    const compiler = webpack({
      ...{ mode: 'production', target: ['web', 'es2022'], performance: false },
      entry: { page: module },
      experiments: { outputModule: true },
      output: { path: directory, filename: '[name].js', module: true, chunkFormat: 'module' },
    })
    await new Promise<void>((resolve, reject) => {
      compiler.run((error, stats) => {
        const [failure] = stats?.toJson({ all: false, errors: true }).errors ?? []
        compiler.close(() => {
          if (error || failure) reject(error ?? new Error(failure?.message))
          else resolve()
        })
      })
    })
  },

  async Rollup(module, directory) {
    const bundle = await rollup.rollup({
      input: module,
      plugins: [nodeResolve({ browser: true })],
      logLevel: 'silent',
    })
    const minify = async (code: string) => (await esbuild.transform(code, { minify: true })).code
    const plugins = [{ name: 'minify', renderChunk: minify }]
    await bundle.write({ dir: directory, entryFileNames: 'page.js', plugins })
  },

  async Rolldown(module, directory) {
    const bundle = await rolldown.rolldown({
      ...{ input: module, platform: 'browser', logLevel: 'silent' },
    })
    await bundle.write({ dir: directory, entryFileNames: 'page.js', minify: true })
  },
}
