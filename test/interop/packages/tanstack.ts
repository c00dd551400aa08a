export { QueryClient } from '@tanstack/query-core'
export {
  type AsyncStorage,
  experimental_createQueryPersister,
  type PersistedClient,
  type Persister,
  persistQueryClientRestore,
  persistQueryClientSave,
} from '@tanstack/query-persist-client-core'
