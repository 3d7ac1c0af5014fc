// Makes TypeScript types of schema.graphql and of the operations that Relay's compiler has written out.
import { readFileSync, writeFileSync } from 'node:fs'
import { codegen } from '@graphql-codegen/core'
import * as typescript from '@graphql-codegen/typescript'
import * as operations from '@graphql-codegen/typescript-operations'
import { parse } from 'graphql'

const schema = parse(readFileSync('schema.graphql', 'utf8'))
const texts = Object.values(JSON.parse(readFileSync('made/operations.json', 'utf8')))
const seen = new Set()
const definitions = texts
  .flatMap((text) => parse(text).definitions)
  .filter(({ name }) => !seen.has(name.value) && seen.add(name.value))
const types = await codegen({
  filename: 'made/types.ts',
  schema,
  documents: [{ location: 'operations', document: { kind: 'Document', definitions } }],
  config: { enumsAsTypes: true, omitOperationSuffix: true, scalars: { DateTime: 'string', EmailAddress: 'string', URL: 'string' }, strictScalars: true },
  plugins: [{ typescript: {} }, { operations: {} }],
  pluginMap: { typescript, operations }
})
writeFileSync('made/types.ts', types)
