import type { ServerResponse } from 'node:http'
import { applyPatches, declarePatch, type HeadPatch } from '../page/head-patches.ts'
import { addFields, patchableResponse } from './response-fields.ts'

/** Has a patch made when the head of a response is final, and heeded by a cache before or behind. */
export function declareOn(response: ServerResponse, patch: HeadPatch): void {
  if (!declarePatch(response, patch)) return
  const { writeHead } = response
  Object.assign(response, {
    writeHead(status: number, ...rest: unknown[]) {
      const [reason, headers] = typeof rest[0] === 'string' ? rest : [undefined, rest[0]]
      response.statusCode = status
      addFields(response, headers)
      applyPatches(response, patchableResponse(response))
      if (typeof reason === 'string') response.statusMessage = reason
      return writeHead.call(response, status)
    },
  })
}
