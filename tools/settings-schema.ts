import * as z from 'zod';
import { settingsSchema } from '../lambda/core/settings-schema.ts';

/** The JSON Schema of the configuration file, for editors: the text of holdback.schema.json. */
export function jsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(settingsSchema, {
    target: 'draft-2020-12',
    io: 'input',
  });
  const titled = { $schema, title: 'Holdback configuration', ...schema };
  return `${JSON.stringify(titled, undefined, 2)}\n`;
}
