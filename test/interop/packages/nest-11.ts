import 'reflect-metadata'

export { CACHE_MANAGER, CacheInterceptor } from '@nestjs/cache-manager'
export * as common from '@nestjs/common'
export * as core from '@nestjs/core'
