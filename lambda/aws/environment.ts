import * as z from 'zod';
import { HoldbackError } from '../core/error.ts';

const documents = z.object({
  inspect: z.string(),
  maintenance: z.string(),
  'restart-ipsec': z.string(),
});

/** Everything that lib/ writes into the environment of a function, and nothing else reads it. */
const variables = z.object({
  LEDGER_TABLE: z.string(),
  NOTICE_TOPIC: z.string(),
  /** Names of the SSM documents, as JSON. */
  DOCUMENTS: z
    .string()
    .transform((text) => JSON.parse(text) as unknown)
    .pipe(z.object({ agent: documents, relay: documents })),
  STATE_MACHINE: z.string(),
});
export type Environment = Readonly<z.infer<typeof variables>>;

/** What each function finds in its environment: what it needs. */
export const ENVIRONMENTS = {
  lease: variables.pick({ LEDGER_TABLE: true }),
  observe: variables.pick({ LEDGER_TABLE: true, DOCUMENTS: true }),
  act: variables.pick({ LEDGER_TABLE: true, DOCUMENTS: true }),
  'request-approval': variables.pick({ LEDGER_TABLE: true, DOCUMENTS: true, NOTICE_TOPIC: true }),
  record: variables.pick({ LEDGER_TABLE: true }),
  react: variables,
} as const;
export type FunctionName = keyof typeof ENVIRONMENTS;

export class EnvironmentError extends HoldbackError {
  constructor(what: string) {
    super(`This function was deployed incompletely; deploy the stack again. ${what}`);
    this.name = 'EnvironmentError';
  }
}

/** @throws EnvironmentError that names what this function was deployed without. */
export function readEnvironment<Name extends FunctionName>(
  name: Name,
  environment: NodeJS.ProcessEnv,
): Readonly<z.infer<(typeof ENVIRONMENTS)[Name]>> {
  const result = ENVIRONMENTS[name].safeParse(environment);
  if (!result.success) throw new EnvironmentError(z.prettifyError(result.error));
  return result.data as z.infer<(typeof ENVIRONMENTS)[Name]>;
}
