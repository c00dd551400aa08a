import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { PrismaClient } from '@prisma/client/extension'

const packages = fileURLToPath(new URL('../../node_modules/', import.meta.url))
const run = promisify(execFile)

export type Provider = 'postgresql' | 'sqlite'

export interface GeneratedClient {
  readonly PrismaClient: new (options: object) => PrismaClient
  readonly Prisma: { readonly dmmf: { readonly datamodel: unknown } }
}

/** Models of which names of tables and columns differ, with relations of every kind. */
const models = `
model User {
  id    Int    @id @default(autoincrement())
  email String @unique @map("e_mail")
  team  Int    @default(1) @map("team_no")
  posts Post[]
  tags  Tag[]

  @@map("users")
}

model Post {
  id       Int    @id @default(autoincrement())
  title    String
  authorId Int?   @map("author")
  author   User?  @relation(fields: [authorId], references: [id], onDelete: Restrict)

  @@map("posts")
}

model Tag {
  id    Int    @id @default(autoincrement())
  name  String @unique
  users User[]
}
`

/** The tables of the models, as a migration would make them. */
export function tablesFor(provider: Provider): string[] {
  const id =
    provider === 'sqlite' ? 'integer primary key autoincrement' : 'serial not null primary key'
  return [
    `create table "users" ("id" ${id}, "e_mail" text not null unique, "team_no" integer not null default 1)`,
    `create table "posts" ("id" ${id}, "title" text not null,
       "author" integer references "users" on delete restrict)`,
    `create table "Tag" ("id" ${id}, "name" text not null unique)`,
    `create table "_TagToUser" ("A" integer not null references "Tag" on delete cascade,
       "B" integer not null references "users" on delete cascade, unique ("A", "B"))`,
  ]
}

/** Where clients are generated to: among the packages, so that they find theirs. */
export function placeForClients(): { readonly directory: string; remove(): void } {
  const directory = mkdtempSync(join(packages, '.hotset-prisma-'))
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) }
}

/** Generates a client for the models; no engine is needed for that, and none is fetched. */
export async function generateClient(place: string, provider: Provider): Promise<GeneratedClient> {
  const directory = join(place, provider)
  mkdirSync(directory)
  const schema = join(directory, 'schema.prisma')
  const output = join(directory, 'client')
  writeFileSync(
    schema,
    `generator client {
  provider = "prisma-client-js"
  output   = ${JSON.stringify(output)}
}

datasource db {
  provider = "${provider}"
}
${models}`,
  )
  await run(
    process.execPath,
    [join(packages, 'prisma/build/index.js'), 'generate', '--schema', schema],
    {
      cwd: directory,
      env: {
        ...process.env,
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        CHECKPOINT_DISABLE: '1',
      },
    },
  )
  return createRequire(import.meta.url)(output)
}
