import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';

export type ReportSchema = 'report.schema.json' | 'restore-report.schema.json' | 'events.schema.json';

export function schemaOf(file: ReportSchema): Record<string, unknown> {
  return JSON.parse(readFileSync(join('docs', file), 'utf8'));
}

/** The published schema, which lets later versions add fields, with each of this version's fields and no other. */
export function strictValidator(file: ReportSchema): ValidateFunction {
  return new Ajv({ allErrors: true, strict: false }).compile(closed(schemaOf(file)) as object);
}

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const fields = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return typeof fields.properties === 'object' && fields.type === 'object'
    ? { ...fields, additionalProperties: false }
    : fields;
}
