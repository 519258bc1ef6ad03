/** Why a call failed, for evidence: the name of the error and its first sentence, never its payload. */
export function because(error: unknown): string {
  if (!(error instanceof Error)) return 'failed without an error';
  const [first = ''] = error.message.split('\n');
  return first === '' ? error.name : `${error.name}: ${first.slice(0, 160)}`;
}
