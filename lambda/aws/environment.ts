import * as z from 'zod';
import { HoldbackError } from '../core/error.ts';

const documents = z.object({ inspect: z.string(), maintenance: z.string(), remedy: z.string() });

/** What every function finds in its environment; lib/ writes it, and nothing else reads it. */
const environmentSchema = z.object({
  LEDGER_TABLE: z.string(),
  NOTICE_TOPIC: z.string(),
  /** Names of the SSM documents, as JSON. */
  DOCUMENTS: z
    .string()
    .transform((text) => JSON.parse(text) as unknown)
    .pipe(z.object({ agent: documents, relay: documents })),
  STATE_MACHINE: z.string().optional(),
});
export type Environment = Readonly<z.infer<typeof environmentSchema>>;

export class EnvironmentError extends HoldbackError {
  constructor(what: string) {
    super(`This function was deployed incompletely; deploy the stack again. ${what}`);
    this.name = 'EnvironmentError';
  }
}

/** @throws EnvironmentError if the function was deployed without something that it needs. */
export function readEnvironment(environment: NodeJS.ProcessEnv): Environment {
  const result = environmentSchema.safeParse(environment);
  if (!result.success) throw new EnvironmentError(z.prettifyError(result.error));
  return result.data;
}
