// Writes schema.graphql from the resolvers of the admin API. test/endpoints/graphql-schema.test.ts fails when it is stale.
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaBuilderModule, GraphQLSchemaFactory } from '@nestjs/graphql';
import { lexicographicSortSchema, printSchema } from 'graphql';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { resolvers } = await import(pathToFileURL(join(root, 'dist/src/admin-api/admin-api.module.js')).href);
const app = await NestFactory.createApplicationContext(GraphQLSchemaBuilderModule, { logger: ['error'] });
const schema = await app.get(GraphQLSchemaFactory).create(resolvers);
writeFileSync(join(root, 'schema.graphql'), `${printSchema(lexicographicSortSchema(schema))}\n`);
// Importing the server's modules may leave timers behind; the schema is written.
process.exit(0);
