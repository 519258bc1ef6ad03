import { SettingsError, explain, problemsOf } from './settings-error.ts';
import { brokenRules } from './settings-rules.ts';
import { settingsSchema, type Settings } from './settings-schema.ts';

export { SettingsError } from './settings-error.ts';
export type { Firewall, Pair, Settings, SettingsInput, VpnConnection } from './settings-schema.ts';

/**
 * Checks settings and fills in the defaults. What comes out goes in again unchanged.
 *
 * @throws SettingsError with every problem, each with its path, its value and what would be right.
 */
export function parseSettings(input: unknown): Settings {
  const result = settingsSchema.safeParse(input, { error: explain });
  const found = result.success ? [] : result.error.issues.flatMap(problemsOf);
  const problems = [...found, ...brokenRules(input)];
  if (!result.success || problems.length > 0) throw new SettingsError(problems);
  return result.data;
}
