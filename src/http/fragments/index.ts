export { type DjangoVaryOn, djangoFragmentKey } from './django-fragment-key.ts'
export { makeFragmentKey } from './fragment-key.ts'
export {
  createFragments,
  type FragmentOptions,
  type Fragments,
  type FragmentsOptions,
  type Render,
  type RenderSync,
} from './fragments.ts'
export { handlebarsCache } from './handlebars.ts'
export {
  type CachedProps,
  createCached,
  createCachedSuspending,
  createCachedSync,
  type JsxRenderer,
} from './jsx.ts'
export {
  type NunjucksExtension,
  type NunjucksLike,
  nunjucksCache,
  nunjucksCacheSync,
} from './nunjucks.ts'
